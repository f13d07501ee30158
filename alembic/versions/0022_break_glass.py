"""Break-glass: one human opens a sealed door for an hour, both agencies hear of it at once, somebody else reviews it.

What is behind the door is read by one function that asks the verified context for the grant's own human and purpose, and
the clock for its hour. Nobody's role opens it, and the application adds no grant but through the function that tells the
data protection officers too. A grant is never changed: its review is written once beside it, by another human.
"""

from services.db.migration import by_role, definer, open_to, run, secure

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_STANDING = "rhannu.break_glass_standing(uuid, timestamptz)"
_OPEN = "rhannu.open_break_glass(uuid, uuid, text, text, timestamptz, timestamptz, timestamptz, timestamptz)"
_TELL = "rhannu.tell_break_glass(uuid, timestamptz)"
_WARNINGS = "rhannu.break_glass_warnings(uuid, timestamptz)"
_KEEP = "rhannu.keep_break_glass()"
_FORMER = "access.former_humans(uuid)"


def upgrade() -> None:
    _tables()
    _opening()
    _reading()
    secure(
        "rhannu.break_glass_grants",
        app="SELECT",
        update="version, reviewed_at, reviewed_by, reviewed_human, outcome, review_reason, chase_at",
    )
    secure("rhannu.break_glass_notices", app="SELECT", update="version, acknowledged_at, acknowledged_by")
    secure("rhannu.break_glass_restorations")
    secure("rhannu.break_glass_chases", app="SELECT")
    by_role("rhannu.break_glass_grants", "break_glass")
    by_role("rhannu.break_glass_chases", "break_glass")
    by_role("rhannu.break_glass_notices", "break_glass_oversight")
    by_role("rhannu.break_glass_restorations", "break_glass_oversight")
    open_to("rhannu.break_glass_grants", "rhannu_matcher", grant="SELECT, INSERT")
    open_to("rhannu.break_glass_notices", "rhannu_matcher", grant="SELECT, INSERT")
    open_to("rhannu.break_glass_restorations", "rhannu_matcher")
    open_to("rhannu.break_glass_grants", "rhannu_worker", grant="SELECT, UPDATE (chase_at)")
    open_to("rhannu.break_glass_chases", "rhannu_worker", grant="SELECT, INSERT")
    run(f"""
        -- Whoever was told of a grant finds it in others' events by its id.
        CREATE POLICY auditor_refers ON rhannu.break_glass_notices FOR SELECT TO rhannu_auditor
            USING (owner_agency = (SELECT access.agency())) --;;
        GRANT SELECT (grant_id, owner_agency) ON rhannu.break_glass_notices TO rhannu_auditor --;;
        GRANT EXECUTE ON FUNCTION {_FORMER} TO rhannu_matcher --;;
    """)
    definer(_KEEP, "rhannu_matcher")
    definer(_TELL, "rhannu_matcher")
    definer(_STANDING, "rhannu_matcher", "rhannu_app")
    definer(_OPEN, "rhannu_matcher", "rhannu_app")
    definer(_WARNINGS, "rhannu_matcher", "rhannu_app")


def _tables() -> None:
    run("""
        CREATE TABLE rhannu.break_glass_grants (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            version integer NOT NULL CHECK (version > 0),
            record_id uuid NOT NULL REFERENCES rhannu.person_records,
            person_id uuid NOT NULL REFERENCES rhannu.persons,
            reason_code text NOT NULL,
            justification text NOT NULL,
            opened_by uuid NOT NULL,
            opened_human uuid NOT NULL,
            opened_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            review_due_at timestamptz NOT NULL,
            reviewed_at timestamptz,
            reviewed_by uuid,
            reviewed_human uuid,
            outcome text,
            review_reason text,
            chase_at timestamptz,
            CHECK (num_nulls(reviewed_at, reviewed_by, reviewed_human, outcome, review_reason) IN (0, 5)),
            CHECK (reviewed_human <> opened_human)
        ) --;;
        CREATE INDEX ix_break_glass_grants_owner ON rhannu.break_glass_grants (owner_agency, opened_at, id) --;;
        CREATE INDEX ix_break_glass_grants_human ON rhannu.break_glass_grants (opened_human) --;;
        CREATE INDEX ix_break_glass_grants_record ON rhannu.break_glass_grants (record_id) --;;
        CREATE INDEX ix_break_glass_grants_person ON rhannu.break_glass_grants (person_id) --;;
        CREATE INDEX ix_break_glass_grants_chase_at ON rhannu.break_glass_grants (chase_at)
            WHERE chase_at IS NOT NULL --;;

        -- That a door was opened, for the data protection officers of one agency. Whose it was stands with the agency
        -- whose human it was; of whom and why nothing stands here, nor how many were told.
        CREATE TABLE rhannu.break_glass_notices (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            grant_id uuid NOT NULL REFERENCES rhannu.break_glass_grants,
            opening_agency text NOT NULL REFERENCES rhannu.agencies,
            opened_at timestamptz NOT NULL,
            opened_by uuid,
            opened_human uuid,
            told_at timestamptz NOT NULL,
            version integer NOT NULL CHECK (version > 0),
            acknowledged_at timestamptz,
            acknowledged_by uuid,
            CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
        ) --;;
        CREATE UNIQUE INDEX uq_break_glass_notices_told ON rhannu.break_glass_notices (grant_id, owner_agency) --;;
        CREATE INDEX ix_break_glass_notices_owner ON rhannu.break_glass_notices (owner_agency, told_at, id) --;;
        CREATE INDEX ix_break_glass_notices_opening ON rhannu.break_glass_notices (opening_agency) --;;

        -- That a human's right was given back after uses that the agency judged unjustified up to then.
        CREATE TABLE rhannu.break_glass_restorations (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            user_id uuid NOT NULL,
            human_id uuid NOT NULL,
            reason text NOT NULL,
            restored_at timestamptz NOT NULL,
            restored_by uuid NOT NULL,
            restored_human uuid NOT NULL,
            CHECK (restored_human <> human_id)
        ) --;;
        CREATE INDEX ix_break_glass_restorations_owner ON rhannu.break_glass_restorations (owner_agency, human_id) --;;
        CREATE INDEX ix_break_glass_restorations_human ON rhannu.break_glass_restorations (human_id) --;;

        -- That a review was put before some roles of the agency that owes it.
        CREATE TABLE rhannu.break_glass_chases (
            grant_id uuid NOT NULL REFERENCES rhannu.break_glass_grants,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            duty text NOT NULL,
            due_at timestamptz NOT NULL,
            rung integer NOT NULL CHECK (rung > 0),
            roles text[] NOT NULL,
            chased_at timestamptz NOT NULL,
            PRIMARY KEY (grant_id, duty, due_at, rung)
        ) --;;
        CREATE INDEX ix_break_glass_chases_owner_agency ON rhannu.break_glass_chases (owner_agency) --;;

        -- A review is written once, and never by the human whose grant it is, from whatever account.
        CREATE FUNCTION rhannu.keep_break_glass() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            me uuid := (access.context())[3]::uuid;
        BEGIN
            IF OLD.reviewed_at IS NOT NULL OR NEW.reviewed_human IS DISTINCT FROM me
                OR OLD.opened_human = ANY (me || access.former_humans(me)) THEN
                RAISE EXCEPTION 'a review is another human''s, and stands' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END $$ --;;
        CREATE TRIGGER keep_break_glass
            BEFORE UPDATE OF version, reviewed_at, reviewed_by, reviewed_human, outcome, review_reason
            ON rhannu.break_glass_grants FOR EACH ROW EXECUTE FUNCTION rhannu.keep_break_glass() --;;

        INSERT INTO access.reach SELECT kind, role, writes FROM (VALUES
            ('break_glass', '{dpo-ig}'::text[], true),
            ('break_glass', '{duty-manager}', false),
            ('break_glass_opening', '{duty-manager}', true),
            ('break_glass_oversight', '{dpo-ig}', true)
        ) given(kind, roles, writes), unnest(roles) role --;;
    """)


def _opening() -> None:
    run("""
        -- How the caller stands who would open the warnings about the person of an own record, over all their accounts
        -- and agencies; no row for a record that is not the agency's own. One opening of a human waits for another.
        CREATE FUNCTION rhannu.break_glass_standing(record uuid, at timestamptz)
            RETURNS TABLE (is_open boolean, overdue int, is_misused boolean)
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            my_agency text := access.agency_for('break_glass_opening', 'write');
            me uuid := (access.context())[3]::uuid;
            mine uuid[] := me || access.former_humans(me);
        BEGIN
            IF my_agency IS NULL THEN
                RAISE EXCEPTION 'no context' USING ERRCODE = 'insufficient_privilege';
            END IF;
            PERFORM pg_advisory_xact_lock(hashtextextended('break-glass/' || me, 0));
            RETURN QUERY SELECT
                EXISTS (SELECT FROM rhannu.break_glass_grants g WHERE g.owner_agency = my_agency
                    AND g.person_id = r.person_id AND g.opened_human = ANY (mine)
                    AND g.reviewed_at IS NULL AND g.expires_at > at),
                (SELECT count(*)::int FROM rhannu.break_glass_grants g WHERE g.opened_human = ANY (mine)
                    AND g.reviewed_at IS NULL AND g.review_due_at <= at),
                EXISTS (SELECT FROM rhannu.break_glass_grants g WHERE g.opened_human = ANY (mine)
                    AND g.outcome = 'unjustified' AND NOT EXISTS (SELECT FROM rhannu.break_glass_restorations b
                        WHERE b.owner_agency = g.owner_agency AND b.human_id = ANY (mine)
                        AND b.restored_at >= g.reviewed_at))
                FROM rhannu.person_records r WHERE r.id = record AND r.owner_agency = my_agency;
        END $$ --;;

        -- Tells the data protection officers of the agency whose human opened a door, and of every agency that holds a
        -- live flag on the person behind it, each once.
        CREATE FUNCTION rhannu.tell_break_glass(told_grant uuid, at timestamptz) RETURNS void
            LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
            INSERT INTO rhannu.break_glass_notices (id, owner_agency, grant_id, opening_agency, opened_at, opened_by,
                    opened_human, told_at, version)
                SELECT gen_random_uuid(), told.agency, g.id, g.owner_agency, g.opened_at,
                    CASE WHEN told.agency = g.owner_agency THEN g.opened_by END,
                    CASE WHEN told.agency = g.owner_agency THEN g.opened_human END, at, 1
                FROM rhannu.break_glass_grants g CROSS JOIN LATERAL (
                    SELECT g.owner_agency AS agency UNION
                    SELECT f.owner_agency FROM rhannu.flags f WHERE f.person_id = g.person_id
                        AND f.state IN ('active', 'provisional') AND coalesce(f.lapses_at > at, true)) told
                WHERE g.id = told_grant
                ON CONFLICT (grant_id, owner_agency) DO NOTHING
        $$ --;;

        -- The one way to a grant: for the human of the verified context, on a record of the agency acted for, for an
        -- hour at most, and told in the same transaction.
        CREATE FUNCTION rhannu.open_break_glass(new_id uuid, record uuid, coded text, words text, at timestamptz,
                until timestamptz, review_by timestamptz, first_chase timestamptz) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            held text[] := access.context();
        BEGIN
            INSERT INTO rhannu.break_glass_grants (id, owner_agency, version, record_id, person_id, reason_code,
                    justification, opened_by, opened_human, opened_at, expires_at, review_due_at, chase_at)
                SELECT new_id, r.owner_agency, 1, r.id, r.person_id, coded, words, held[2]::uuid, held[3]::uuid, at, until,
                    review_by, first_chase
                FROM rhannu.person_records r
                WHERE r.id = record AND r.owner_agency = access.agency_for('break_glass_opening', 'write')
                    AND held[5] = 'break-glass' AND until <= at + interval '60 minutes';
            IF NOT FOUND THEN
                RAISE EXCEPTION 'not to be opened' USING ERRCODE = 'insufficient_privilege';
            END IF;
            PERFORM rhannu.tell_break_glass(new_id, at);
        END $$ --;;
    """)


def _reading() -> None:
    run("""
        -- What is behind a door: the live flags on the person that the caller otherwise does not see whole, within a unit
        -- of work that names them on the trail. The moment may not be chosen to lie within an hour that is over. Whoever
        -- has come to hold a flag since the opening is told before it is shown.
        CREATE FUNCTION rhannu.break_glass_warnings(opened uuid, at timestamptz)
            RETURNS TABLE (flag_id uuid, flag_version int, owner text, about uuid, badges text[], precaution text, phone text)
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            my_agency text := access.agency_for('break_glass_opening', 'read');
            held text[] := access.context();
            me uuid := held[3]::uuid;
            my_roles text[] := string_to_array(held[6], ',');
            my_givers text[] := rhannu.givers(my_agency, 'emergency-response', at);  -- what needs no door
            today date := (at AT TIME ZONE 'Europe/London')::date;
            person uuid;
        BEGIN
            SELECT g.person_id INTO person FROM rhannu.break_glass_grants g
                JOIN rhannu.person_records r ON r.id = g.record_id AND r.person_id = g.person_id
                WHERE g.id = opened AND g.owner_agency = my_agency AND held[5] = 'break-glass'
                    AND g.opened_human = ANY (me || access.former_humans(me)) AND g.reviewed_at IS NULL
                    AND g.opened_at <= at AND greatest(at, clock_timestamp()) < g.expires_at;
            IF person IS NULL THEN
                RAISE EXCEPTION 'no open grant of this human' USING ERRCODE = 'insufficient_privilege';
            END IF;
            PERFORM rhannu.tell_break_glass(opened, at);
            RETURN QUERY
                SELECT f.id, f.version, f.owner_agency, f.record_id,
                    array_remove(ARRAY[CASE WHEN f.contested THEN 'contested' END,
                        CASE WHEN f.restricted THEN 'restricted' END,
                        CASE WHEN f.is_legacy THEN 'legacy-unreviewed' END,
                        CASE WHEN f.lapses_at <= at + interval '24 hours' THEN 'lapsing' END,
                        CASE WHEN f.review_on < today THEN 'review-overdue' END], NULL),
                    '{' || f.precaution || '}', a.duty_phone
                FROM rhannu.flags f JOIN rhannu.agencies a ON a.code = f.owner_agency
                WHERE f.person_id = person AND f.state IN ('active', 'provisional') AND coalesce(f.lapses_at > at, true)
                    AND rhannu.flag_tier(f.owner_agency, f.state, f.recipients, f.restricted, f.review_on, f.is_alerting,
                        f.is_legacy, f.reserved_for, EXISTS (SELECT FROM rhannu.flag_recipients h
                            WHERE h.flag_id = f.id AND h.agency = my_agency), my_agency, my_roles, false, today,
                        f.owner_agency = ANY (my_givers))
                        IS DISTINCT FROM 'precaution'
                ORDER BY f.owner_agency, f.id;
        END $$ --;;
    """)


def downgrade() -> None:
    for signature in (_WARNINGS, _OPEN, _TELL, _STANDING):
        run(f"DROP FUNCTION {signature}")
    run(f"""
        DROP TABLE rhannu.break_glass_chases --;;
        DROP TABLE rhannu.break_glass_restorations --;;
        DROP TABLE rhannu.break_glass_notices --;;
        DROP TABLE rhannu.break_glass_grants --;;
        DROP FUNCTION {_KEEP} --;;
        REVOKE EXECUTE ON FUNCTION {_FORMER} FROM rhannu_matcher --;;
        DELETE FROM access.reach WHERE kind IN ('break_glass', 'break_glass_opening', 'break_glass_oversight') --;;
    """)
