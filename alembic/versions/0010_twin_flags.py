"""Twin flags: two records of one agency turn out to be one person, and both carry a warning of the same kind.

Joining records must never fail over that and never lose a warning. The flag proposed later is marked as a twin and
stands outside the index that keeps proposals to one per person and category; both warn until their owner ends one.
Of every such group exactly one flag is no twin, so that the index still holds new proposals back.

While twins are open this cannot be taken back: the older index has no room for them, and the database says so.
"""

from services.db.migration import definer, run

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_LIVE_PERSON = """
    DROP INDEX rhannu.uq_flags_live_person --;;
    CREATE UNIQUE INDEX uq_flags_live_person ON rhannu.flags (owner_agency, person_id, category)
        WHERE state IN ('proposed', 'provisional', 'active')"""


def upgrade() -> None:
    run(f"""
        ALTER TABLE rhannu.flags ADD COLUMN twin boolean NOT NULL DEFAULT false --;;
        GRANT UPDATE (twin) ON rhannu.flags TO rhannu_matcher --;;
        {_LIVE_PERSON} AND NOT twin --;;

        -- Which flags about some people are twins: open, of one owner and category, and proposed later than another.
        CREATE FUNCTION rhannu.twins_among(persons uuid[]) RETURNS TABLE (flag uuid, person uuid, is_twin boolean)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT f.id, f.person_id, f.is_open AND row_number() OVER (
                PARTITION BY f.owner_agency, f.person_id, f.category, f.is_open
                ORDER BY (f.content #>> '{{proposed,at}}')::timestamptz, f.id) > 1
            FROM (SELECT o.*, o.state IN ('proposed', 'provisional', 'active') AS is_open
                FROM rhannu.flags o WHERE o.person_id = ANY (persons)) f
        $$ --;;

        -- Let the flags of a record follow it to the person it is placed with, and mark twins anew among them and
        -- among the flags of the people it has left.
        --
        -- Others may be ending a flag or proposing one meanwhile. A moved flag enters as a twin, outside the index; the
        -- flags it is then weighed against are held, so that none of them ends unseen. A proposal that cannot be seen
        -- yet is met in the index, which waits for it; after that all is weighed again.
        CREATE FUNCTION rhannu.settle_twins(record uuid, person uuid, left_persons uuid[]) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            FOR attempt IN 1..5 LOOP
                BEGIN
                    UPDATE rhannu.flags f SET person_id = person, twin = true
                        WHERE f.record_id = record AND f.person_id IS DISTINCT FROM person;
                    IF FOUND THEN
                        PERFORM FROM rhannu.flags f
                            WHERE f.person_id = person AND f.state IN ('proposed', 'provisional', 'active') AND NOT f.twin
                            ORDER BY f.id FOR NO KEY UPDATE;
                    END IF;
                    UPDATE rhannu.flags f SET twin = true FROM rhannu.twins_among(left_persons || person) t
                        WHERE f.id = t.flag AND f.person_id = t.person AND t.is_twin AND NOT f.twin;
                    UPDATE rhannu.flags f SET twin = false FROM rhannu.twins_among(left_persons || person) t
                        WHERE f.id = t.flag AND f.person_id = t.person AND NOT t.is_twin AND f.twin;
                    RETURN;
                EXCEPTION WHEN unique_violation THEN
                    IF attempt = 5 THEN RAISE; END IF;
                END;
            END LOOP;
        END $$ --;;

        -- The door keeps its name: what stood behind it now says where flags warn once it is settled whose they are.
        REVOKE EXECUTE ON FUNCTION rhannu.retarget(uuid, uuid) FROM rhannu_app --;;
        ALTER FUNCTION rhannu.retarget(uuid, uuid) RENAME TO aim_flags --;;
        CREATE FUNCTION rhannu.retarget(record uuid, one_flag uuid) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            person uuid;
            left_persons uuid[];
        BEGIN
            IF access.agency() IS NULL THEN
                RAISE EXCEPTION 'no context' USING ERRCODE = 'insufficient_privilege';
            END IF;
            SELECT r.person_id INTO person FROM rhannu.person_records r WHERE r.id = record;
            SELECT coalesce(array_agg(x.person_id), '{{}}') INTO left_persons FROM (
                SELECT f.person_id FROM rhannu.flags f WHERE f.record_id = record
                UNION SELECT l.previous_person_id FROM rhannu.record_links l
                    WHERE l.record_id = record AND l.linked_at = transaction_timestamp()
            ) x WHERE x.person_id <> person;
            IF EXISTS (SELECT FROM rhannu.flags f WHERE f.record_id = record OR f.person_id = person) THEN
                PERFORM rhannu.settle_twins(record, person, left_persons);
            END IF;
            PERFORM rhannu.aim_flags(record, one_flag);
            -- Flags about a person whom this record has left no longer warn where only it said that they live.
            PERFORM rhannu.aim_flags(r.id, NULL) FROM (
                SELECT DISTINCT ON (o.person_id) o.id FROM rhannu.person_records o
                WHERE o.person_id = ANY (left_persons) ORDER BY o.person_id, o.id) r;
        END $$ --;;
    """)
    definer("rhannu.twins_among(uuid[])", "rhannu_matcher")
    definer("rhannu.settle_twins(uuid, uuid, uuid[])", "rhannu_matcher")
    definer("rhannu.retarget(uuid, uuid)", "rhannu_matcher", "rhannu_app")


def downgrade() -> None:
    run(f"""
        DROP FUNCTION rhannu.retarget(uuid, uuid) --;;
        ALTER FUNCTION rhannu.aim_flags(uuid, uuid) RENAME TO retarget --;;
        GRANT EXECUTE ON FUNCTION rhannu.retarget(uuid, uuid) TO rhannu_app --;;
        DROP FUNCTION rhannu.settle_twins(uuid, uuid, uuid[]) --;;
        DROP FUNCTION rhannu.twins_among(uuid[]) --;;
        {_LIVE_PERSON} --;;
        ALTER TABLE rhannu.flags DROP COLUMN twin --;;
    """)
