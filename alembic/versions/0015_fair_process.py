"""Fair process: kinds of warning kept to named roles, and flags that other agencies bear out.

Which roles a flag is kept to stands on the flag as well (`reserved_for`, revision 0008), so that a check reads one row;
whoever changes the setting stamps it anew on every flag of the category.

A corroboration is the record of the agency that makes it. The flag's owner reads of it, through one function, which
agency, when and what kind of behaviour; the functions look across agencies within a unit of work that names what they
found on the trail.
"""

from services.db.migration import by_role, definer, open_to, refer, run, secure

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_CORROBORATIONS = "rhannu.corroborations_of(uuid[])"
_SAME = "rhannu.same_concern(uuid, uuid[], text[], uuid)"


def upgrade() -> None:
    run("""
        -- Every setting there was; the newest stands. No roles: the category is open to all whose role reads flags.
        CREATE TABLE rhannu.category_reservations (
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            category text NOT NULL,
            version integer NOT NULL CHECK (version > 0),
            roles text[] NOT NULL,
            reason text NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            PRIMARY KEY (owner_agency, category, version)
        ) --;;
    """)
    run("""
        CREATE TABLE rhannu.corroborations (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            flag_id uuid NOT NULL REFERENCES rhannu.flags,
            version integer NOT NULL CHECK (version > 0),
            state text NOT NULL,
            last_on date,
            kinds text[] NOT NULL,
            since timestamptz NOT NULL,
            withdrawn_at timestamptz,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL
        ) --;;
        CREATE UNIQUE INDEX uq_corroborations_standing ON rhannu.corroborations (owner_agency, flag_id)
            WHERE state = 'standing' --;;
        CREATE INDEX ix_corroborations_owner_agency ON rhannu.corroborations (owner_agency) --;;
        CREATE INDEX ix_corroborations_flag ON rhannu.corroborations (flag_id) --;;
        CREATE TABLE rhannu.corroboration_versions (
            corroboration_id uuid NOT NULL REFERENCES rhannu.corroborations,
            version integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            state text NOT NULL,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            PRIMARY KEY (corroboration_id, version)
        ) --;;
        CREATE INDEX ix_corroboration_versions_owner_agency ON rhannu.corroboration_versions (owner_agency) --;;

        -- What bears out some of the caller's own flags: which agency, when and what kind, and nothing of its incidents.
        CREATE FUNCTION rhannu.corroborations_of(flag_ids uuid[])
            RETURNS TABLE (flag_id uuid, id uuid, version int, agency text, last_on date, kinds text[], since timestamptz,
                withdrawn_at timestamptz)
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        #variable_conflict use_column
        DECLARE
            my_agency text := access.agency_for('flags', 'read');
        BEGIN
            IF my_agency IS NULL THEN
                RAISE EXCEPTION 'no context' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN QUERY SELECT c.flag_id, c.id, c.version, c.owner_agency, c.last_on, c.kinds, c.since, c.withdrawn_at
                FROM rhannu.corroborations c JOIN rhannu.flags f ON f.id = c.flag_id
                WHERE f.id = ANY (flag_ids) AND f.owner_agency = my_agency ORDER BY c.flag_id, c.since, c.id;
        END $$ --;;

        -- Of a flag that the caller was shown: which of the caller's own records and which places are its subject, by
        -- number, and whether a human had a part in it for its owner.
        CREATE FUNCTION rhannu.same_concern(flag uuid, met_records uuid[], met_places text[], asking uuid)
            RETURNS TABLE (same int[], involved boolean)
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            my_agency text := access.agency_for('corroborations', 'write');
        BEGIN
            IF my_agency IS NULL THEN
                RAISE EXCEPTION 'no context' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN QUERY SELECT ARRAY(
                    SELECT u.number::int FROM unnest(met_records, met_places) WITH ORDINALITY u(record, place, number)
                    WHERE u.place = f.uprn OR EXISTS (SELECT FROM rhannu.person_records r
                        WHERE r.id = u.record AND r.owner_agency = my_agency AND r.person_id = f.person_id)),
                jsonb_path_exists(f.content, '$.**.human ? (@ == $human)', jsonb_build_object('human', asking))
                FROM rhannu.flags f WHERE f.id = flag;
        END $$ --;;
    """)
    secure("rhannu.corroborations", update="version, state, withdrawn_at, content, recorded_at, recorded_by")
    secure("rhannu.corroboration_versions")
    secure("rhannu.category_reservations")
    run("""
        INSERT INTO access.reach SELECT kind, role, writes FROM (VALUES
            ('corroborations', '{line-manager,safeguarding-lead,flag-decision-maker}'::text[], true),
            ('reservations', '{safeguarding-lead}', true),
            ('reservations', '{practitioner,line-manager,flag-decision-maker,dpo-ig,duty-manager}', false)
        ) given(kind, roles, writes), unnest(roles) role
    """)
    by_role("rhannu.category_reservations", "reservations")
    by_role("rhannu.corroborations", "corroborations")
    by_role("rhannu.corroboration_versions", "corroborations")
    open_to("rhannu.corroborations", "rhannu_matcher")
    refer("rhannu.corroborations")
    definer(_CORROBORATIONS, "rhannu_matcher", "rhannu_app")
    definer(_SAME, "rhannu_matcher", "rhannu_app")


def downgrade() -> None:
    run(f"""
        DROP FUNCTION {_SAME} --;;
        DROP FUNCTION {_CORROBORATIONS} --;;
        DROP TABLE rhannu.corroboration_versions --;;
        DROP TABLE rhannu.corroborations --;;
        DROP TABLE rhannu.category_reservations --;;
        DELETE FROM access.reach WHERE kind IN ('corroborations', 'reservations') --;;
    """)
