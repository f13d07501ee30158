"""Person records: each agency's own, joined to a shared person that never leaves the service.

The matcher owns what must look across agencies: placing a record with the shared person it belongs
to. It compares keyed digests only, so nobody else's names are read to do it.
"""

from services.db.migration import definer, open_to, refer, run, secure

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PLACE_RECORD = """
        -- Place a record of the calling agency with its shared person: another record's, if one agrees exactly on
        -- NHS number and birth date (whose digest is `sure`), else one of its own.
        CREATE FUNCTION rhannu.place_record(record uuid, sure bytea) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            owner text;
            now_with uuid;
            belongs uuid;
        BEGIN
            SELECT r.owner_agency, r.person_id INTO owner, now_with FROM rhannu.person_records r WHERE r.id = record;
            IF owner IS DISTINCT FROM access.agency() THEN
                RAISE EXCEPTION 'not the owner' USING ERRCODE = 'insufficient_privilege';
            END IF;
            IF sure IS NOT NULL THEN
                PERFORM pg_advisory_xact_lock(('x' || encode(substring(sure FROM 1 FOR 8), 'hex'))::bit(64)::bigint);
                SELECT r.person_id INTO belongs FROM rhannu.person_keys k
                    JOIN rhannu.person_records r ON r.id = k.record_id
                    WHERE k.digest = sure AND k.record_id <> record AND r.person_id IS NOT NULL
                    ORDER BY r.person_id LIMIT 1;
            END IF;
            IF belongs IS NULL AND now_with IS NOT NULL AND NOT EXISTS (
                SELECT FROM rhannu.person_records r WHERE r.person_id = now_with AND r.id <> record) THEN
                RETURN;
            END IF;
            IF belongs IS NULL THEN
                INSERT INTO rhannu.persons VALUES (gen_random_uuid()) RETURNING id INTO belongs;
            END IF;
            IF belongs IS NOT DISTINCT FROM now_with THEN RETURN; END IF;
            UPDATE rhannu.person_records r SET person_id = belongs WHERE r.id = record;
            IF now_with IS NOT NULL OR EXISTS (
                SELECT FROM rhannu.person_records r WHERE r.person_id = belongs AND r.id <> record) THEN
                INSERT INTO rhannu.record_links (record_id, owner_agency, person_id, previous_person_id, rule)
                    VALUES (record, owner, belongs, now_with,
                        CASE WHEN sure IS NULL THEN 'no-longer-agrees' ELSE 'nhs-number-and-birth-date' END);
            END IF;
        END $$ --;;
"""


def upgrade() -> None:
    run("""
        -- What linked records have in common: nothing but an id. Nobody but the matcher sees it.
        CREATE TABLE rhannu.persons (id uuid PRIMARY KEY) --;;
        ALTER TABLE rhannu.persons ENABLE ROW LEVEL SECURITY --;;
        ALTER TABLE rhannu.persons FORCE ROW LEVEL SECURITY --;;

        CREATE TABLE rhannu.person_records (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            person_id uuid REFERENCES rhannu.persons,
            version integer NOT NULL CHECK (version > 0),
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            reason text NOT NULL
        ) --;;
        CREATE INDEX ix_person_records_person ON rhannu.person_records (person_id) --;;
        CREATE INDEX ix_person_records_owner_agency ON rhannu.person_records (owner_agency, id) --;;
        CREATE TABLE rhannu.person_record_versions (
            record_id uuid NOT NULL REFERENCES rhannu.person_records,
            version integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            reason text NOT NULL,
            PRIMARY KEY (record_id, version)
        ) --;;
        CREATE INDEX ix_person_record_versions_owner_agency ON rhannu.person_record_versions (owner_agency) --;;

        -- Keyed digests of what identifies the person (security.md 2.1: equality only, never a function on a name).
        -- The shared person is looked up through the record, so that linking moves nothing here.
        CREATE TABLE rhannu.person_keys (
            digest bytea NOT NULL,
            record_id uuid NOT NULL REFERENCES rhannu.person_records,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            PRIMARY KEY (digest, record_id)
        ) --;;
        CREATE INDEX ix_person_keys_record ON rhannu.person_keys (record_id) --;;
        CREATE INDEX ix_person_keys_owner_agency ON rhannu.person_keys (owner_agency) --;;

        -- Local identifiers and the NHS number, as digests, once per agency; uniqueness never crosses agencies,
        -- where it would tell one what another holds.
        CREATE TABLE rhannu.person_identifiers (
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            digest bytea NOT NULL,
            record_id uuid NOT NULL REFERENCES rhannu.person_records,
            CONSTRAINT pk_person_identifiers PRIMARY KEY (owner_agency, digest)
        ) --;;
        CREATE INDEX ix_person_identifiers_record ON rhannu.person_identifiers (record_id) --;;

        CREATE TABLE rhannu.person_places (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            record_id uuid NOT NULL REFERENCES rhannu.person_records,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            uprn text NOT NULL,
            sealed boolean NOT NULL,
            valid_from date,
            valid_to date
        ) --;;
        CREATE INDEX ix_person_places_record ON rhannu.person_places (record_id) --;;
        CREATE INDEX ix_person_places_uprn ON rhannu.person_places (uprn) --;;
        CREATE INDEX ix_person_places_owner_agency ON rhannu.person_places (owner_agency) --;;

        CREATE TABLE rhannu.relationships (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            from_record uuid NOT NULL REFERENCES rhannu.person_records,
            to_record uuid REFERENCES rhannu.person_records,
            to_uprn text,
            kind text NOT NULL,
            valid_from date,
            valid_to date,
            version integer NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            CHECK ((to_record IS NULL) <> (to_uprn IS NULL))
        ) --;;
        CREATE INDEX ix_relationships_from ON rhannu.relationships (from_record) --;;
        CREATE INDEX ix_relationships_to ON rhannu.relationships (to_record) --;;
        CREATE INDEX ix_relationships_owner_agency ON rhannu.relationships (owner_agency) --;;

        -- Links made by rule, listed for people to review, never silent (Settled: person model).
        CREATE TABLE rhannu.record_links (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            record_id uuid NOT NULL REFERENCES rhannu.person_records,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            person_id uuid NOT NULL REFERENCES rhannu.persons,
            previous_person_id uuid REFERENCES rhannu.persons,
            rule text NOT NULL,
            linked_at timestamptz NOT NULL DEFAULT now(),
            reviewed_at timestamptz
        ) --;;
        CREATE INDEX ix_record_links_record ON rhannu.record_links (record_id) --;;
        CREATE INDEX ix_record_links_person ON rhannu.record_links (person_id) --;;
        CREATE INDEX ix_record_links_previous_person ON rhannu.record_links (previous_person_id) --;;
        CREATE INDEX ix_record_links_owner_agency ON rhannu.record_links (owner_agency) --;;
    """)
    secure("rhannu.person_records", update="version, content, recorded_at, recorded_by, reason")
    secure("rhannu.person_record_versions")
    secure("rhannu.person_keys", app="SELECT, INSERT, DELETE")
    secure("rhannu.person_identifiers", app="SELECT, INSERT, DELETE")
    secure("rhannu.person_places", app="SELECT, INSERT, DELETE")
    secure("rhannu.relationships", update="valid_to, version, recorded_at, recorded_by")
    secure("rhannu.record_links", app="SELECT")
    open_to("rhannu.persons", "rhannu_matcher", grant="SELECT, INSERT")
    refer("rhannu.person_records")
    open_to("rhannu.person_records", "rhannu_matcher", grant="SELECT, UPDATE (person_id)")
    for table in ("person_keys", "person_places", "relationships"):
        open_to(f"rhannu.{table}", "rhannu_matcher")
    open_to("rhannu.record_links", "rhannu_matcher", grant="SELECT, INSERT")
    run(PLACE_RECORD)
    definer("rhannu.place_record(uuid, bytea)", "rhannu_matcher", "rhannu_app")


def downgrade() -> None:
    run("""
        DROP FUNCTION rhannu.place_record(uuid, bytea) --;;
        DROP TABLE rhannu.record_links --;;
        DROP TABLE rhannu.relationships --;;
        DROP TABLE rhannu.person_places --;;
        DROP TABLE rhannu.person_identifiers --;;
        DROP TABLE rhannu.person_keys --;;
        DROP TABLE rhannu.person_record_versions --;;
        DROP TABLE rhannu.person_records --;;
        DROP TABLE rhannu.persons --;;
    """)
