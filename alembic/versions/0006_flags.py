"""Flags: proposed by one person, decided by another, and everyone who ever held one (F-01 to F-22).

`flag_targets` says whom and where a live flag warns about, kept by one function whenever a flag, an
address or a link changes; the check looks there and nowhere else.
"""

from services.db.migration import definer, open_to, refer, run, secure

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FLAG_PRECAUTIONS = """
        -- What the caller's agency sees of some live flags, within a unit of work that names them on the trail: its own
        -- and those shared with it at precaution tier; of hidden ones that there is somebody to ring. The rule of who
        -- sees what is that of the flag check and of `domain.visibility`.
        CREATE FUNCTION rhannu.flag_precautions(flag_ids uuid[], alerting boolean)
            RETURNS TABLE (flag_id uuid, flag_version int, owner text, about uuid, visible boolean, badges text[],
                precaution text, phone text)
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            my_agency text := access.agency();
            today date := (now() AT TIME ZONE 'Europe/London')::date;
        BEGIN
            IF my_agency IS NULL THEN
                RAISE EXCEPTION 'no context' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN QUERY
                SELECT h.id, h.version, h.owner_agency, h.record_id, h.is_visible,
                    CASE WHEN h.is_visible THEN array_remove(ARRAY[CASE WHEN h.contested THEN 'contested' END,
                        CASE WHEN h.restricted THEN 'restricted' END,
                        CASE WHEN h.review_on < today THEN 'review-overdue' END], NULL) END,
                    CASE WHEN h.is_visible THEN '{' || h.precaution || '}' END, h.duty_phone
                FROM (
                    SELECT f.id, f.version, f.owner_agency, f.record_id, f.contested, f.restricted, f.review_on,
                        f.precaution, f.is_alerting, f.state, a.duty_phone,
                        f.state = 'active' AND f.recipients && ARRAY['*', my_agency] AS is_named,
                        f.owner_agency = my_agency OR (f.state = 'active' AND f.recipients && ARRAY['*', my_agency]
                            AND NOT f.restricted AND (f.review_on >= today - 28 OR EXISTS (
                                SELECT FROM rhannu.flag_recipients r WHERE r.flag_id = f.id AND r.agency = my_agency)))
                            AS is_visible
                    FROM rhannu.flags f JOIN rhannu.agencies a ON a.code = f.owner_agency
                    WHERE f.id = ANY (flag_ids) AND f.state IN ('active', 'provisional')
                ) h
                WHERE h.is_visible OR h.is_named OR (h.state = 'active' AND h.is_alerting AND alerting);
        END $$ --;;
"""


def upgrade() -> None:
    run("""
        CREATE TABLE rhannu.flags (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            version integer NOT NULL CHECK (version > 0),
            state text NOT NULL,
            category text NOT NULL,
            record_id uuid REFERENCES rhannu.person_records,
            uprn text,
            person_id uuid REFERENCES rhannu.persons,
            recipients text[] NOT NULL DEFAULT '{}',
            household boolean NOT NULL DEFAULT false,
            places boolean NOT NULL DEFAULT true,
            is_alerting boolean NOT NULL DEFAULT false,
            review_on date,
            contested boolean NOT NULL DEFAULT false,
            restricted boolean NOT NULL DEFAULT false,
            precaution text NOT NULL DEFAULT '',
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            CHECK ((record_id IS NULL) <> (uprn IS NULL))
        ) --;;
        -- One live flag per person (or place), category and owning agency, safe under concurrency.
        CREATE UNIQUE INDEX uq_flags_live_person ON rhannu.flags (owner_agency, person_id, category)
            WHERE state IN ('proposed', 'provisional', 'active') --;;
        CREATE UNIQUE INDEX uq_flags_live_place ON rhannu.flags (owner_agency, uprn, category)
            WHERE state IN ('proposed', 'provisional', 'active') AND uprn IS NOT NULL --;;
        CREATE INDEX ix_flags_owner_agency ON rhannu.flags (owner_agency, id) --;;
        CREATE INDEX ix_flags_record ON rhannu.flags (record_id) --;;
        CREATE INDEX ix_flags_person ON rhannu.flags (person_id) --;;
        CREATE INDEX ix_flags_review_on ON rhannu.flags (owner_agency, review_on) WHERE state = 'active' --;;
        CREATE TABLE rhannu.flag_versions (
            flag_id uuid NOT NULL REFERENCES rhannu.flags,
            version integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            state text NOT NULL,
            change text NOT NULL,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            PRIMARY KEY (flag_id, version)
        ) --;;
        CREATE INDEX ix_flag_versions_owner_agency ON rhannu.flag_versions (owner_agency) --;;
        CREATE TABLE rhannu.flag_incidents (
            flag_id uuid NOT NULL REFERENCES rhannu.flags,
            incident_id uuid NOT NULL REFERENCES rhannu.incidents,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            PRIMARY KEY (flag_id, incident_id)
        ) --;;
        CREATE INDEX ix_flag_incidents_incident ON rhannu.flag_incidents (incident_id) --;;
        CREATE INDEX ix_flag_incidents_owner_agency ON rhannu.flag_incidents (owner_agency) --;;
        CREATE TABLE rhannu.flag_targets (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            flag_id uuid NOT NULL REFERENCES rhannu.flags,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            person_id uuid REFERENCES rhannu.persons,
            uprn text,
            via text NOT NULL,
            valid_from date,
            valid_to date
        ) --;;
        CREATE INDEX ix_flag_targets_person ON rhannu.flag_targets (person_id) WHERE person_id IS NOT NULL --;;
        CREATE INDEX ix_flag_targets_uprn ON rhannu.flag_targets (uprn) WHERE uprn IS NOT NULL --;;
        CREATE INDEX ix_flag_targets_flag ON rhannu.flag_targets (flag_id) --;;
        CREATE INDEX ix_flag_targets_owner_agency ON rhannu.flag_targets (owner_agency) --;;

        -- The recipient ledger: each holder of each flag version once (F-15). Filed by the worker from the trail;
        -- a match by a machine, a display to a named human and an acknowledgement are three different things.
        CREATE TABLE rhannu.flag_recipients (
            flag_id uuid NOT NULL REFERENCES rhannu.flags,
            flag_version integer NOT NULL,
            agency text NOT NULL REFERENCES rhannu.agencies,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            matched_at timestamptz NOT NULL,
            matched_event uuid NOT NULL,
            displayed_at timestamptz,
            displayed_event uuid,
            acknowledged_at timestamptz,
            acknowledged_event uuid,
            PRIMARY KEY (flag_id, flag_version, agency)
        ) --;;
        CREATE INDEX ix_flag_recipients_agency ON rhannu.flag_recipients (agency) --;;
        CREATE INDEX ix_flag_recipients_owner_agency ON rhannu.flag_recipients (owner_agency) --;;
    """)
    secure(
        "rhannu.flags",
        update="version, state, category, recipients, household, places, is_alerting, review_on, contested, restricted, "
        "precaution, content, recorded_at, recorded_by",
    )
    secure("rhannu.flag_versions")
    secure("rhannu.flag_incidents")
    secure("rhannu.flag_targets", app="SELECT")
    secure("rhannu.flag_recipients", app="SELECT")
    open_to("rhannu.flags", "rhannu_matcher", grant="SELECT, UPDATE (person_id)")
    open_to("rhannu.flag_targets", "rhannu_matcher", grant="SELECT, INSERT, DELETE")
    open_to("rhannu.flag_recipients", "rhannu_matcher")
    open_to("rhannu.flag_recipients", "rhannu_worker", grant="SELECT, INSERT, UPDATE")
    open_to("rhannu.flags", "rhannu_worker")
    refer("rhannu.flags")
    run("""
        -- Say again whom and where flags warn about, after a change of a flag, of where the person of a record lives, or
        -- of a link. Whoever lives where a flag reaches is a target too, so that a check follows nothing when it reads.
        -- A sealed address is never followed: it must not be found out by asking about a place or a neighbour.
        CREATE FUNCTION rhannu.retarget(record uuid, one_flag uuid) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            person uuid;
            homes text[];
            wanted uuid[];
        BEGIN
            IF access.agency() IS NULL THEN
                RAISE EXCEPTION 'no context' USING ERRCODE = 'insufficient_privilege';
            END IF;
            SELECT r.person_id INTO person FROM rhannu.person_records r WHERE r.id = record;
            SELECT coalesce(array_agg(p.uprn), '{}') INTO homes FROM rhannu.person_records r
                JOIN rhannu.person_places p ON p.record_id = r.id WHERE r.person_id = person AND NOT p.sealed;
            UPDATE rhannu.flags f SET person_id = r.person_id FROM rhannu.person_records r
                WHERE f.record_id = r.id AND r.id = record AND f.person_id IS DISTINCT FROM r.person_id;
            SELECT array_agg(DISTINCT x.id) INTO wanted FROM (
                SELECT f.id FROM rhannu.flags f WHERE f.id = one_flag OR f.record_id = record OR f.person_id = person
                UNION SELECT t.flag_id FROM rhannu.flag_targets t WHERE t.person_id = person OR t.uprn = ANY (homes)
            ) x;
            IF wanted IS NULL THEN RETURN; END IF;
            DELETE FROM rhannu.flag_targets t WHERE t.flag_id = ANY (wanted);
            INSERT INTO rhannu.flag_targets (flag_id, owner_agency, person_id, uprn, via, valid_from, valid_to)
            WITH live AS (
                SELECT f.* FROM rhannu.flags f WHERE f.id = ANY (wanted) AND f.state IN ('provisional', 'active')
            ), known AS (
                SELECT f.id AS flag, f.owner_agency AS owner, f.places, f.household, r.id AS record
                FROM live f JOIN rhannu.person_records r ON r.person_id = f.person_id
            ), base AS (
                SELECT f.id AS flag, f.owner_agency AS owner, f.person_id, f.uprn, 'subject' AS via,
                    NULL::date AS valid_from, NULL::date AS valid_to, f.person_id AS about FROM live f
                UNION
                SELECT k.flag, k.owner, NULL, p.uprn, 'lives-at', p.valid_from, p.valid_to, NULL
                    FROM known k JOIN rhannu.person_places p ON p.record_id = k.record WHERE k.places AND NOT p.sealed
                    AND NOT EXISTS (SELECT FROM known other JOIN rhannu.person_places q ON q.record_id = other.record
                        WHERE other.flag = k.flag AND q.uprn = p.uprn AND q.sealed)
                UNION
                SELECT k.flag, k.owner, NULL, l.to_uprn, l.kind, l.valid_from, l.valid_to, NULL
                    FROM known k JOIN rhannu.relationships l ON l.from_record = k.record
                    WHERE k.places AND l.to_uprn IS NOT NULL
                    AND l.kind IN ('lives-with', 'visits-regularly', 'present-at')
                    AND NOT EXISTS (SELECT FROM known other JOIN rhannu.person_places q ON q.record_id = other.record
                        WHERE other.flag = k.flag AND q.uprn = l.to_uprn AND q.sealed)
                UNION
                SELECT k.flag, k.owner, other.person_id, NULL, l.kind, l.valid_from, l.valid_to, NULL
                    FROM known k JOIN rhannu.relationships l ON k.record IN (l.from_record, l.to_record)
                    JOIN rhannu.person_records other
                        ON other.id = CASE WHEN l.from_record = k.record THEN l.to_record ELSE l.from_record END
                    WHERE (k.places OR k.household) AND l.to_record IS NOT NULL
                    AND l.kind IN ('lives-with', 'visits-regularly', 'present-at')
            )
            SELECT b.flag, b.owner, b.person_id, b.uprn, b.via, b.valid_from, b.valid_to FROM base b
            UNION
            SELECT b.flag, b.owner, r.person_id, NULL, 'same-place', greatest(b.valid_from, p.valid_from),
                    least(b.valid_to, p.valid_to)
                FROM base b JOIN rhannu.person_places p ON p.uprn = b.uprn AND NOT p.sealed
                JOIN rhannu.person_records r ON r.id = p.record_id
                JOIN live f ON f.id = b.flag WHERE r.person_id IS DISTINCT FROM f.person_id;
        END $$ --;;
    """)
    run(FLAG_PRECAUTIONS)
    definer("rhannu.retarget(uuid, uuid)", "rhannu_matcher", "rhannu_app")
    definer("rhannu.flag_precautions(uuid[], boolean)", "rhannu_matcher", "rhannu_app")


def downgrade() -> None:
    run("""
        DROP FUNCTION rhannu.flag_precautions(uuid[], boolean) --;;
        DROP FUNCTION rhannu.retarget(uuid, uuid) --;;
        DROP TABLE rhannu.flag_recipients --;;
        DROP TABLE rhannu.flag_targets --;;
        DROP TABLE rhannu.flag_incidents --;;
        DROP TABLE rhannu.flag_versions --;;
        DROP TABLE rhannu.flags --;;
    """)
