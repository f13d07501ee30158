"""What has become of warnings that a check gave (F-15), and the letters by which people are told (F-06).

A holder who asks is told what applies today, by the one rule of `rhannu.flag_tier`; what has ended is told as
ended, because it was passed to them. Letters and their templates belong to the agency that writes them.
"""

from services.db.migration import by_role, definer, open_to, run, secure

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_CHANGES = "rhannu.check_changes(uuid, boolean, timestamptz)"


def upgrade() -> None:
    run("""
        -- The warnings that one of the caller's own checks gave, as they stand today, within a unit of work that names
        -- them on the trail. Whoever was given one holds it, filed in the ledger or not yet.
        CREATE FUNCTION rhannu.check_changes(check_id uuid, alerting boolean, at timestamptz)
            RETURNS TABLE (flag_id uuid, held_version int, flag_version int, owner text, about uuid, phone text,
                state text, tier text, changes text[], badges text[], precaution text)
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            my_agency text := access.agency();
            my_roles text[] := string_to_array((access.context())[6], ',');
            today date := (at AT TIME ZONE 'Europe/London')::date;
        BEGIN
            IF my_agency IS NULL THEN
                RAISE EXCEPTION 'no context' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN QUERY
                SELECT h.id, h.held, h.version, h.owner_agency, h.record_id, a.duty_phone, h.state, h.tier,
                    CASE WHEN h.tier = 'precaution' OR h.state IN ('removed', 'entered-in-error') THEN ARRAY(
                        SELECT v.change FROM rhannu.flag_versions v WHERE v.flag_id = h.id AND v.version > h.held
                        AND v.change <> 'not-shared' ORDER BY v.version) ELSE '{}'::text[] END,
                    CASE WHEN h.tier = 'precaution' THEN array_remove(ARRAY[CASE WHEN h.contested THEN 'contested' END,
                        CASE WHEN h.restricted THEN 'restricted' END,
                        CASE WHEN h.is_legacy THEN 'legacy-unreviewed' END,
                        CASE WHEN h.lapses_at <= at + interval '24 hours' THEN 'lapsing' END,
                        CASE WHEN h.review_on < today THEN 'review-overdue' END], NULL) ELSE '{}'::text[] END,
                    CASE WHEN h.tier = 'precaution' THEN '{' || h.precaution || '}' END
                FROM (
                    SELECT f.*, g.held,
                        CASE WHEN f.state IN ('active', 'provisional') AND coalesce(f.lapses_at > at, true) THEN
                            rhannu.flag_tier(f.owner_agency, f.state, f.recipients, f.restricted, f.review_on,
                                f.is_alerting, f.is_legacy, f.reserved_for, true, my_agency, my_roles, alerting, today)
                        END AS tier
                    FROM rhannu.check_shown(check_id) s
                    CROSS JOIN LATERAL (SELECT split_part(r.reference, ':', 2)::uuid AS flag,
                        split_part(r.reference, ':', 3)::int AS held
                        FROM unnest(s.records) r(reference) WHERE r.reference LIKE 'flag:%') g
                    JOIN rhannu.flags f ON f.id = g.flag
                    OFFSET 0
                ) h JOIN rhannu.agencies a ON a.code = h.owner_agency
                ORDER BY h.owner_agency, h.id;
        END $$ --;;

        -- An agency's own words for its letters, whole, one row for each version (law 6).
        CREATE TABLE rhannu.letter_templates (
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            version integer NOT NULL CHECK (version > 0),
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            CONSTRAINT pk_letter_templates PRIMARY KEY (owner_agency, version)
        ) --;;

        -- A letter as it was made: the check of its delivery, and every word of it (F-06, F-09).
        CREATE TABLE rhannu.flag_notices (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            flag_id uuid NOT NULL REFERENCES rhannu.flags,
            flag_version integer NOT NULL,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL
        ) --;;
        CREATE INDEX ix_flag_notices_flag ON rhannu.flag_notices (flag_id) --;;
        CREATE INDEX ix_flag_notices_owner_agency ON rhannu.flag_notices (owner_agency) --;;
    """)
    open_to("rhannu.flag_versions", "rhannu_matcher")
    definer(_CHANGES, "rhannu_matcher", "rhannu_app")
    secure("rhannu.letter_templates")
    secure("rhannu.flag_notices")
    by_role("rhannu.flag_notices", "flags")


def downgrade() -> None:
    run(f"""
        DROP TABLE rhannu.flag_notices --;;
        DROP TABLE rhannu.letter_templates --;;
        DROP FUNCTION {_CHANGES} --;;
        REVOKE SELECT ON rhannu.flag_versions FROM rhannu_matcher --;;
        DROP POLICY matcher_all ON rhannu.flag_versions --;;
    """)
