"""Older registers: an import, its versions, and its rows, whose cells are kept only while they wait to be made.

The rows are written off by whoever runs the import, slice by slice in units of work of their own: no role gets any
right for it that it did not have. What the checks say of registers (when last fed, whether the older one is in) is
known of every agency without a context, because it is about organisations.
"""

from services.db.migration import by_role, definer, open_to, run, secure

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_FED = "rhannu.register_fed(timestamptz)"
_OLDER = "rhannu.older_registers()"
_ERASE = "rhannu.erase_lapsed_imports(uuid, timestamptz)"


def upgrade() -> None:
    run("""
        CREATE TABLE rhannu.flag_imports (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            version integer NOT NULL CHECK (version > 0),
            state text NOT NULL,
            -- The last row of which the dry run has told, and of which the run has made what was told.
            checked_to integer NOT NULL DEFAULT 0,
            made_to integer NOT NULL DEFAULT 0,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL
        ) --;;
        CREATE INDEX ix_flag_imports_owner_agency ON rhannu.flag_imports (owner_agency, id) --;;
        CREATE TABLE rhannu.flag_import_versions (
            import_id uuid NOT NULL REFERENCES rhannu.flag_imports,
            version integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            state text NOT NULL,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            PRIMARY KEY (import_id, version)
        ) --;;
        CREATE INDEX ix_flag_import_versions_owner_agency ON rhannu.flag_import_versions (owner_agency) --;;

        -- cells, digests and target stand for people in waiting; they go when the import is over. expected is what the
        -- dry run told, outcome what the run came to.
        CREATE TABLE rhannu.flag_import_rows (
            import_id uuid NOT NULL REFERENCES rhannu.flag_imports,
            number integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            cells jsonb,
            digests bytea[],
            target text,
            category text,
            expected text,
            outcome text,
            issues jsonb NOT NULL,
            record_id uuid,
            registers boolean NOT NULL DEFAULT false,
            planned boolean NOT NULL DEFAULT false,
            flag_id uuid,
            same_as integer,
            PRIMARY KEY (import_id, number)
        ) --;;
        CREATE INDEX ix_flag_import_rows_owner_agency ON rhannu.flag_import_rows (owner_agency) --;;
        CREATE INDEX ix_flags_legacy ON rhannu.flags (owner_agency) WHERE is_legacy AND state = 'active' --;;
        GRANT UPDATE (registers_fed_at) ON rhannu.agencies TO rhannu_matcher --;;
    """)
    secure("rhannu.flag_imports", update="version, state, checked_to, made_to, content, recorded_at, recorded_by")
    secure("rhannu.flag_import_versions")
    secure(
        "rhannu.flag_import_rows",
        update="cells, digests, target, category, expected, outcome, issues, record_id, registers, planned, flag_id, "
        "same_as",
    )
    run("""
        INSERT INTO access.reach SELECT kind, role, writes FROM (VALUES
            ('imports', '{safeguarding-lead,flag-decision-maker}'::text[], true),
            ('import_rows', '{safeguarding-lead}', true),
            ('import_rows', '{flag-decision-maker}', false)
        ) given(kind, roles, writes), unnest(roles) role
    """)
    by_role("rhannu.flag_imports", "imports")
    by_role("rhannu.flag_import_versions", "imports")
    by_role("rhannu.flag_import_rows", "import_rows")
    open_to("rhannu.flag_imports", "rhannu_matcher")
    open_to("rhannu.flag_import_rows", "rhannu_matcher", grant="SELECT, UPDATE (cells, digests, target)")
    run("""
        -- An agency's register is fed when a flag of its is made or changed. Noted once a minute at most, so that one
        -- row is not what all changes of an agency wait for.
        CREATE FUNCTION rhannu.register_fed(at timestamptz) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            IF access.agency() IS NULL THEN
                RAISE EXCEPTION 'no context' USING ERRCODE = 'insufficient_privilege';
            END IF;
            UPDATE rhannu.agencies a SET registers_fed_at = at
                WHERE a.code = access.agency() AND coalesce(a.registers_fed_at < at - interval '1 minute', true);
        END $$ --;;

        -- Whose older register is in, and whether some of it still awaits its first review. Nothing about anybody.
        CREATE FUNCTION rhannu.older_registers() RETURNS TABLE (agency text, is_unreviewed boolean)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT i.owner_agency, EXISTS (SELECT FROM rhannu.flags f
                WHERE f.owner_agency = i.owner_agency AND f.is_legacy AND f.state = 'active')
            FROM (SELECT DISTINCT d.owner_agency FROM rhannu.flag_imports d WHERE d.state = 'done') i
        $$ --;;

        -- Erase the rows of imports that were left lying, with an event by the service itself (the user of all zeros).
        CREATE FUNCTION rhannu.erase_lapsed_imports(event uuid, before timestamptz) RETURNS int
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            nobody text := '00000000-0000-0000-0000-000000000000';
            erased text[];
            owners text[];
        BEGIN
            WITH gone AS (
                UPDATE rhannu.flag_import_rows r SET cells = NULL, digests = NULL, target = NULL
                FROM rhannu.flag_imports i
                WHERE i.id = r.import_id AND i.recorded_at < before AND i.state NOT IN ('done', 'cancelled')
                    AND r.cells IS NOT NULL
                RETURNING i.id, i.version, i.owner_agency
            )
            SELECT array_agg(DISTINCT 'flag-import:' || g.id || ':' || g.version), array_agg(DISTINCT g.owner_agency)
                INTO erased, owners FROM gone g;
            IF erased IS NULL THEN RETURN 0; END IF;
            PERFORM audit.write(ARRAY[ROW(
                ARRAY['rhannu', nobody, '', 'rhannu-worker', 'audit-quality', '', ''], event,
                ARRAY['flag-import.erased', 'erasure', 'ok', '', ''], '{}', owners, owners, erased, '{}', '{}', NULL,
                NULL)::audit.entry]);
            RETURN cardinality(erased);
        END $$ --;;
    """)
    definer(_FED, "rhannu_matcher", "rhannu_app")
    definer(_OLDER, "rhannu_matcher", "rhannu_app")
    definer(_ERASE, "rhannu_matcher", "rhannu_worker")


def downgrade() -> None:
    run(f"""
        DROP FUNCTION {_ERASE} --;;
        DROP FUNCTION {_OLDER} --;;
        DROP FUNCTION {_FED} --;;
        REVOKE UPDATE (registers_fed_at) ON rhannu.agencies FROM rhannu_matcher --;;
        DROP INDEX rhannu.ix_flags_legacy --;;
        DROP TABLE rhannu.flag_import_rows --;;
        DROP TABLE rhannu.flag_import_versions --;;
        DROP TABLE rhannu.flag_imports --;;
        DELETE FROM access.reach WHERE kind IN ('imports', 'import_rows') --;;
    """)
