"""Provisional markers end by themselves, and what is owed to a flag is put before people in time.

The background process may end a marker whose time is over and nothing else of a flag: the function stores what the
rule made, checks that it is that step, and puts it on the trail.
"""

from services.db.migration import definer, open_to, run, secure

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_LAPSE = "rhannu.store_lapse(uuid, integer, jsonb, uuid, timestamptz)"


def upgrade() -> None:
    run("""
        ALTER TABLE rhannu.flags ADD COLUMN duty_at timestamptz, ADD COLUMN chase_at timestamptz --;;
        GRANT UPDATE (duty_at, chase_at) ON rhannu.flags TO rhannu_app --;;
        GRANT UPDATE (chase_at) ON rhannu.flags TO rhannu_worker --;;
        CREATE INDEX ix_flags_lapses_at ON rhannu.flags (lapses_at) WHERE lapses_at IS NOT NULL --;;
        CREATE INDEX ix_flags_chase_at ON rhannu.flags (chase_at) WHERE chase_at IS NOT NULL --;;
        CREATE INDEX ix_flags_duty_at ON rhannu.flags (owner_agency, duty_at, id) WHERE duty_at IS NOT NULL --;;

        -- That a duty was put before some roles: the proof that nobody was left unasked.
        CREATE TABLE rhannu.flag_chases (
            flag_id uuid NOT NULL REFERENCES rhannu.flags,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            duty text NOT NULL,
            due_at timestamptz NOT NULL,
            rung integer NOT NULL CHECK (rung > 0),
            roles text[] NOT NULL,
            chased_at timestamptz NOT NULL,
            PRIMARY KEY (flag_id, duty, due_at, rung)
        ) --;;
        CREATE INDEX ix_flag_chases_owner_agency ON rhannu.flag_chases (owner_agency) --;;

        GRANT INSERT ON rhannu.flag_versions TO rhannu_matcher --;;
        CREATE POLICY matcher_ends ON rhannu.flag_versions FOR INSERT TO rhannu_matcher WITH CHECK (true) --;;
        GRANT UPDATE (version, state, precaution, lapses_at, duty_at, chase_at, content, recorded_at, recorded_by)
            ON rhannu.flags TO rhannu_matcher --;;

        CREATE FUNCTION rhannu.store_lapse(flag uuid, read_version integer, following jsonb, event uuid, at timestamptz)
            RETURNS boolean
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            nobody uuid := '00000000-0000-0000-0000-000000000000';
            ended record;
        BEGIN
            UPDATE rhannu.flags f SET version = read_version + 1, state = 'removed', precaution = '', lapses_at = NULL,
                    duty_at = NULL, chase_at = NULL, content = following, recorded_at = at, recorded_by = nobody
                WHERE f.id = flag AND f.version = read_version AND f.state = 'provisional' AND f.lapses_at <= at
                    AND following ->> 'state' = 'removed' AND (following ->> 'version')::int = read_version + 1
                    AND following #>> '{ending,kind}' = 'lapsed'
                    AND following - ARRAY['state', 'version', 'ending', 'changed', 'change']
                        = f.content - ARRAY['state', 'version', 'ending', 'changed', 'change']
                RETURNING f.owner_agency, f.record_id, f.person_id INTO ended;
            IF ended IS NULL THEN RETURN false; END IF;
            INSERT INTO rhannu.flag_versions (flag_id, version, owner_agency, state, change, content, recorded_at,
                    recorded_by)
                VALUES (flag, read_version + 1, ended.owner_agency, 'removed', 'not-shared', following, at, nobody);
            DELETE FROM rhannu.flag_targets t WHERE t.flag_id = flag;
            IF ended.person_id IS NOT NULL THEN
                PERFORM rhannu.settle_twins(ended.record_id, ended.person_id, '{}');
            END IF;
            PERFORM audit.write(ARRAY[ROW(ARRAY['rhannu', nobody::text, '', 'rhannu-worker', 'flag-governance', '', ''],
                event, ARRAY['flag.lapsed', 'alteration', 'ok', '', ''],
                array_remove(ARRAY[ended.record_id], NULL), ARRAY[ended.owner_agency], NULL,
                ARRAY['flag:' || flag || ':' || (read_version + 1)], '{}', '{}', NULL, NULL)::audit.entry]);
            RETURN true;
        END $$ --;;
    """)
    secure("rhannu.flag_chases", app="SELECT")
    open_to("rhannu.flag_chases", "rhannu_worker", grant="SELECT, INSERT")
    definer(_LAPSE, "rhannu_matcher", "rhannu_worker")


def downgrade() -> None:
    run(f"""
        DROP FUNCTION {_LAPSE} --;;
        REVOKE UPDATE (version, state, precaution, lapses_at, content, recorded_at, recorded_by) ON rhannu.flags
            FROM rhannu_matcher --;;
        DROP POLICY matcher_ends ON rhannu.flag_versions --;;
        REVOKE INSERT ON rhannu.flag_versions FROM rhannu_matcher --;;
        DROP TABLE rhannu.flag_chases --;;
        DROP INDEX rhannu.ix_flags_lapses_at --;;
        ALTER TABLE rhannu.flags DROP COLUMN duty_at, DROP COLUMN chase_at --;;
    """)
