"""The flag check takes many callers' questions in one statement, each with its own standing and event (ADR 0008).

What a statement, its plan and its durable commit cost is shared by the questions that waited together; what a
question may see depends on nobody but its own caller. Who sees what stands once in SQL, in `rhannu.flag_tier`.
"""

from services.db.migration import definer, of_revision, run

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ACTORS = "access.actors(text[], bytea[], text[], text)"
_WRITE_ALL = "audit.write(audit.entry[])"
_WRITE_ONE = "audit.write(text[], uuid, text[], uuid[], text[], text[], text[], text[], text, text)"
_TIER = "rhannu.flag_tier(text, text, text[], boolean, date, boolean, boolean, text[], boolean, text, text[], boolean, date)"
_PRECAUTIONS = "rhannu.flag_precautions(uuid[], boolean, timestamptz)"
_PERSON = "rhannu.person_precautions(uuid, boolean, timestamptz)"
_MATCH = "rhannu.match_persons(text[], bytea[], int[], int[], text[], bytea[], text[], text)"
_CHECK = (
    "rhannu.flag_checks(text[], bytea[], uuid[], text[], boolean[], date[], timestamptz[], int[], int[], uuid[], int[], int[], uuid[], "
    "boolean[], int[], uuid[], int[], int[], text[], int[], int[], text[], text[], text)"
)

ROLES_HELD = """
        -- Every role that somebody holds today through a client for an agency, one row each: nobody suspended, left,
        -- or not bound to that agency. Standing is decided here and nowhere else.
        CREATE VIEW access.roles_held WITH (security_invoker = true) AS
            SELECT c.id AS client, c.owner_agency AS home, acting.code AS acting, u.id AS user_id, u.human_id AS human,
                u.is_team, r.role, c.scopes
            FROM rhannu.clients c
            JOIN rhannu.agencies home ON home.code = c.owner_agency AND home.suspended_at IS NULL
            JOIN rhannu.agencies acting ON acting.suspended_at IS NULL
                AND (acting.code = c.owner_agency OR acting.code = ANY (c.acting_for))
            JOIN rhannu.user_roles r ON r.owner_agency = acting.code
                AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())
            JOIN rhannu.users u ON u.id = r.user_id AND u.suspended_at IS NULL AND (u.left_at IS NULL OR u.left_at > now())
            JOIN rhannu.humans h ON h.id = u.human_id AND h.suspended_at IS NULL
            WHERE c.suspended_at IS NULL --;;
"""


def upgrade() -> None:
    _standing()
    _trail()
    _rule()
    _match()
    _check()
    run("""
        DROP FUNCTION rhannu.flag_check(text, bytea, text[], text, boolean, uuid, text, int[], uuid[], int[], uuid[],
            boolean[], uuid[], int[], text[], int[], text[], date) --;;
        DROP FUNCTION rhannu.match_persons(text, bytea, text[], text, int[], text[], bytea[]) --;;
        DROP FUNCTION access.actor(text, bytea, text[], text) --;;
    """)


def _standing() -> None:
    run(ROLES_HELD)
    run("""
        GRANT SELECT ON access.roles_held TO rhannu_gate --;;

        -- claim: client, its agency, the agency acted for, the user. No row without standing.
        CREATE OR REPLACE FUNCTION access.standing(claim text[])
            RETURNS TABLE (human uuid, is_team boolean, roles text[], scopes text[])
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT h.human, h.is_team, array_agg(DISTINCT h.role ORDER BY h.role), h.scopes FROM access.roles_held h
            WHERE h.client = claim[1] AND h.home = claim[2] AND h.acting = claim[3] AND h.user_id = claim[4]::uuid
            GROUP BY h.human, h.is_team, h.scopes
        $$ --;;

        -- Signature, standing and permission of many questions in one look. actor: agency, user, human, client, purpose,
        -- roles, token id, and whether a role and the client's scope allow it. No row for what nobody signed.
        CREATE FUNCTION access.actors(payloads text[], signatures bytea[], allowed text[], scope text)
            RETURNS TABLE (question int, actor text[])
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' SET plan_cache_mode = force_generic_plan AS $$
        BEGIN
            RETURN QUERY
            SELECT p.question, ARRAY[p.part[6], p.part[7], s.human::text, p.part[4], p.part[8],
                array_to_string(s.roles, ','), p.part[9],
                CASE WHEN s.permitted AND s.roles && allowed THEN 'granted' ELSE 'denied' END]
            FROM (
                SELECT u.question::int AS question, string_to_array(u.payload, '|') AS part
                FROM access.context_key k
                CROSS JOIN unnest(payloads, signatures) WITH ORDINALITY u(payload, signature, question)
                WHERE u.signature = sha256(k.outer_pad || sha256(k.inner_pad || convert_to(u.payload, 'UTF8')))
                OFFSET 0  -- a fence: nothing is made of a payload before its signature fits
            ) p
            LEFT JOIN LATERAL (
                SELECT h.human, array_agg(h.role) AS roles, scope = ANY (h.scopes) AS permitted FROM access.roles_held h
                WHERE h.client = p.part[4] AND h.home = p.part[5] AND h.acting = p.part[6]
                    AND h.user_id = p.part[7]::uuid
                GROUP BY h.human, h.scopes
            ) s ON true
            WHERE p.part[1] = '1' AND cardinality(p.part) = 9 AND p.part[2]::int = pg_backend_pid()
                AND abs(extract(epoch FROM clock_timestamp()) * 1000000 - p.part[3]::numeric) <= 30000000;
        END $$ --;;
    """)
    definer(_ACTORS, "rhannu_gate", "rhannu_matcher")


def _trail() -> None:
    run("""
        -- What waits to be filed is moved within seconds: to compress a long list's event would cost more than it saves.
        ALTER TABLE audit.pending ALTER COLUMN body SET STORAGE EXTERNAL --;;

        -- What one event is written from. facts: action, operation, outcome, request, reason. named: the agencies that
        -- the answer names, where they are not all the owners, since a match consults records that it tells nobody of.
        CREATE TYPE audit.entry AS (actor text[], event uuid, facts text[], subjects uuid[], owners text[], named text[],
            records text[], hinted text[], fields text[], detail text, erase_after text) --;;

        -- The one way onto the trail. The body is canonical JSON (RFC 8785): keys in order, no spaces, strings and lists
        -- of strings only.
        CREATE FUNCTION audit.write(entries audit.entry[]) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET plan_cache_mode = force_generic_plan AS $$
        BEGIN
            WITH entry AS MATERIALIZED (
                SELECT e.*, clock_timestamp() AS at,
                    CASE WHEN e.detail IS NOT NULL THEN uuid_send(gen_random_uuid()) END AS salt FROM unnest(entries) e
            ), kept AS (
                INSERT INTO audit.detail (event_id, salt, detail, erase_on)
                SELECT e.event, e.salt, e.detail, (e.at + coalesce(e.erase_after, '12 months')::interval)::date
                FROM entry e WHERE e.detail IS NOT NULL
            )
            INSERT INTO audit.pending SELECT e.event, e.at,
                '{"action":' || to_json(e.facts[1])::text || ',"agency":' || to_json(e.actor[1])::text
                || ',"at":"' || to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                || '","client":' || to_json(e.actor[4])::text || ',"detail":"'
                || coalesce(encode(sha256(e.salt || convert_to(e.detail, 'UTF8')), 'hex'), '') || '","event":"' || e.event
                || '","fields":' || array_to_json(e.fields)::text || ',"hinted":' || array_to_json(e.hinted)::text
                || ',"human":"' || coalesce(e.actor[3], '')
                || '","named":' || array_to_json(coalesce(e.named, e.owners))::text
                || ',"operation":"' || e.facts[2] || '","outcome":"' || e.facts[3]
                || '","owners":' || array_to_json(e.owners)::text || ',"purpose":' || to_json(e.actor[5])::text
                || ',"reason":' || to_json(coalesce(e.facts[5], ''))::text
                || ',"records":' || array_to_json(e.records)::text
                || ',"request":' || to_json(coalesce(e.facts[4], ''))::text
                || ',"roles":' || to_json(coalesce(e.actor[6], ''))::text
                || ',"subjects":' || array_to_json(e.subjects)::text
                || ',"token":' || to_json(coalesce(e.actor[7], ''))::text || ',"user":' || to_json(e.actor[2])::text
                || ',"v":2}'
            FROM entry e;
        END $$ --;;

        CREATE OR REPLACE FUNCTION audit.write(actor text[], event uuid, facts text[], subjects uuid[], owners text[],
            records text[], hinted text[], fields text[], detail text, erase_after text) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            PERFORM audit.write(ARRAY[ROW(actor, event, facts, subjects, owners, NULL, records, hinted, fields, detail,
                erase_after)::audit.entry]);
        END $$ --;;
    """)
    definer(_WRITE_ALL, "rhannu_recorder", "rhannu_matcher")
    run(f"REVOKE EXECUTE ON FUNCTION {_WRITE_ONE} FROM rhannu_matcher")


def _rule() -> None:
    run("""
        -- When a marker ends by itself; that nobody has reviewed an imported one here; which roles alone may see a category.
        ALTER TABLE rhannu.flags ADD COLUMN lapses_at timestamptz, ADD COLUMN is_legacy boolean NOT NULL DEFAULT false,
            ADD COLUMN reserved_for text[] --;;
        GRANT UPDATE (lapses_at, is_legacy, reserved_for) ON rhannu.flags TO rhannu_app --;;
        DROP INDEX rhannu.ix_flag_targets_person --;;  -- for one from which a check reads all it wants
        CREATE INDEX ix_flag_targets_person ON rhannu.flag_targets (person_id) INCLUDE (flag_id, via, valid_from, valid_to)
            WHERE person_id IS NOT NULL --;;
        -- How much of a live flag one sees: 'precaution', 'exists' (ring the owner), NULL. No subquery: the planner inlines it.
        CREATE FUNCTION rhannu.flag_tier(owner text, state text, recipients text[], restricted boolean, review_on date,
            is_alerting boolean, is_legacy boolean, reserved_for text[], is_holder boolean, viewer text,
            viewer_roles text[], is_alerted boolean, today date) RETURNS text
            LANGUAGE sql IMMUTABLE
            RETURN CASE
                WHEN NOT reserved_for && viewer_roles THEN
                    CASE WHEN state = 'active' AND is_alerted AND is_alerting THEN 'exists' END
                WHEN owner = viewer THEN 'precaution'
                WHEN state = 'provisional' OR is_legacy THEN CASE WHEN is_alerted THEN 'exists' END
                WHEN state <> 'active' THEN NULL
                WHEN recipients && ARRAY['*', viewer] THEN
                    CASE WHEN NOT restricted AND (review_on >= today - 28 OR is_holder) THEN 'precaution' ELSE 'exists' END
                WHEN is_alerted AND is_alerting THEN 'exists'
            END --;;

        -- What a viewer sees of live flags at a moment, within a unit of work that names them on the trail.
        CREATE FUNCTION rhannu.flag_precautions(flag_ids uuid[], alerting boolean, at timestamptz)
            RETURNS TABLE (flag_id uuid, flag_version int, owner text, about uuid, visible boolean, badges text[],
                precaution text, phone text)
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
                SELECT h.id, h.version, h.owner_agency, h.record_id, h.tier = 'precaution',
                    CASE WHEN h.tier = 'precaution' THEN array_remove(ARRAY[CASE WHEN h.contested THEN 'contested' END,
                        CASE WHEN h.restricted THEN 'restricted' END,
                        CASE WHEN h.is_legacy THEN 'legacy-unreviewed' END,
                        CASE WHEN h.lapses_at <= at + interval '24 hours' THEN 'lapsing' END,
                        CASE WHEN h.review_on < today THEN 'review-overdue' END], NULL) END,
                    CASE WHEN h.tier = 'precaution' THEN '{' || h.precaution || '}' END, a.duty_phone
                FROM (
                    SELECT f.*, rhannu.flag_tier(f.owner_agency, f.state, f.recipients, f.restricted, f.review_on,
                        f.is_alerting, f.is_legacy, f.reserved_for, EXISTS (SELECT FROM rhannu.flag_recipients r
                            WHERE r.flag_id = f.id AND r.agency = my_agency), my_agency, my_roles, alerting, today) AS tier
                    FROM rhannu.flags f WHERE f.id = ANY (flag_ids) AND f.state IN ('active', 'provisional')
                        AND coalesce(f.lapses_at > at, true)
                    OFFSET 0
                ) h JOIN rhannu.agencies a ON a.code = h.owner_agency
                WHERE h.tier IS NOT NULL;
        END $$ --;;

        CREATE FUNCTION rhannu.person_precautions(record uuid, alerting boolean, at timestamptz)
            RETURNS TABLE (flag_id uuid, flag_version int, owner text, about uuid, visible boolean, badges text[],
                precaution text, phone text)
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            person uuid;
        BEGIN
            SELECT r.person_id INTO person FROM rhannu.person_records r
                WHERE r.id = record AND r.owner_agency = access.agency();
            RETURN QUERY SELECT p.* FROM rhannu.flag_precautions(ARRAY(
                SELECT f.id FROM rhannu.flags f WHERE f.person_id = person AND f.state IN ('active', 'provisional')),
                alerting, at) p;
        END $$ --;;
        DROP FUNCTION rhannu.person_precautions(uuid, boolean) --;;
        DROP FUNCTION rhannu.flag_precautions(uuid[], boolean) --;;
    """)
    definer(_TIER, "rhannu_matcher")
    definer(_PRECAUTIONS, "rhannu_matcher", "rhannu_app")
    definer(_PERSON, "rhannu_matcher", "rhannu_app")


def _match() -> None:
    run("""
        -- Whose records share a key with a question. Opaque ids and kinds only: who is meant is decided by
        -- `domain.identity`, and nothing of this leaves the service.
        CREATE FUNCTION rhannu.match_persons(payloads text[], signatures bytea[], key_question int[], key_entry int[],
            key_kind text[], key_digest bytea[], allowed text[], scope text)
            RETURNS TABLE (question int, entry int, person uuid, kinds text[], records uuid[])
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' SET plan_cache_mode = force_generic_plan AS $$
        BEGIN
            RETURN QUERY
                SELECT k.question, k.entry, r.person_id, array_agg(DISTINCT k.kind), array_agg(DISTINCT r.id)
                FROM access.actors(payloads, signatures, allowed, scope) a
                JOIN unnest(key_question, key_entry, key_kind, key_digest) k(question, entry, kind, digest)
                    ON k.question = a.question AND a.actor[8] = 'granted'
                JOIN rhannu.person_keys pk ON pk.digest = k.digest
                JOIN rhannu.person_records r ON r.id = pk.record_id
                GROUP BY k.question, k.entry, r.person_id;
        END $$ --;;
    """)
    definer(_MATCH, "rhannu_matcher", "rhannu_app")


def _check() -> None:
    run("""
        -- One question each: payload, signature, event, request, whether its purpose is alerted, the day of contact.
        -- Lists say by number whose question each row is. person_sure: false for somebody who might be meant beside the one
        -- who surely is; a warning about them turns an all-clear into a doubt. consulted: records whose keys were met while
        -- finding out who is meant. digest: one keyed digest of the question per entry, kept for 12 months only where nobody
        -- was known (law 11). A row comes back for each question that somebody signed.
        CREATE FUNCTION rhannu.flag_checks(payloads text[], signatures bytea[], events uuid[], requests text[],
            alerted boolean[], visits date[], moments timestamptz[], record_question int[], record_entry int[], record_ids uuid[],
            person_question int[], person_entry int[], person_ids uuid[], person_sure boolean[],
            consulted_question int[], consulted uuid[], place_question int[], place_entry int[], place_uprn text[],
            digest_question int[], digest_entry int[], digest text[], allowed text[], scope text)
            RETURNS TABLE (question int, standing text, known int[], entries int[], sure boolean[], flags uuid[],
            about text[], warnings text[], holders text[])
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET plan_cache_mode = force_generic_plan AS $$
        #variable_conflict use_column
        BEGIN
            RETURN QUERY
            WITH asked AS MATERIALIZED (
                SELECT a.question, a.actor, a.actor[1] AS agency, a.actor[8] = 'granted' AS granted,
                    events[a.question] AS event, requests[a.question] AS request, alerted[a.question] AS alerted,
                    visits[a.question] AS visit, moments[a.question] AS at,
                    (moments[a.question] AT TIME ZONE 'Europe/London')::date AS today,
                    string_to_array(a.actor[6], ',') AS roles
                FROM access.actors(payloads, signatures, allowed, scope) a
            ), own AS MATERIALIZED (
                -- A record named by id must be the caller's own; a hidden one and an absent one are not found alike.
                SELECT n.question, n.entry, r.id, r.person_id
                FROM unnest(record_question, record_entry, record_ids) n(question, entry, id)
                JOIN asked a ON a.question = n.question AND a.granted
                JOIN rhannu.person_records r ON r.id = n.id AND r.owner_agency = a.agency
            ), met AS (
                SELECT c.question, array_agg(c.id) AS ids, array_agg(DISTINCT r.owner_agency) AS owners
                FROM unnest(consulted_question, consulted) c(question, id)
                JOIN asked a ON a.question = c.question AND a.granted
                JOIN rhannu.person_records r ON r.id = c.id GROUP BY c.question
            ), meant AS MATERIALIZED (
                SELECT o.question, o.entry, o.person_id AS person, true AS sure FROM own o
                UNION ALL
                SELECT p.* FROM unnest(person_question, person_entry, person_ids, person_sure) p
            ), hit AS MATERIALIZED (
                -- Everyone warned about in each entry: by the person, by where they live or may be, by the place itself.
                -- A hit not sure is about somebody who might be meant: it is told to nobody.
                SELECT h.*, h.sure AND h.tier = 'precaution' AS shown FROM (
                    SELECT t.question, t.entry, t.sure, t.is_self, f.id, f.precaution, f.uprn, f.contested, f.restricted,
                        f.review_on, f.record_id, f.owner_agency, f.is_legacy, f.lapses_at, a.at, a.today, 'flag:' || f.id || ':' || f.version AS ref,
                        rhannu.flag_tier(f.owner_agency, f.state, f.recipients, f.restricted, f.review_on, f.is_alerting,
                            f.is_legacy, f.reserved_for,
                            EXISTS (SELECT FROM rhannu.flag_recipients r WHERE r.flag_id = f.id AND r.agency = a.agency),
                            a.agency, a.roles, a.alerted, a.today) AS tier
                    FROM (
                        SELECT m.question, m.entry, m.sure, t.flag_id, t.via = 'subject' AS is_self, t.valid_from, t.valid_to
                            FROM meant m JOIN rhannu.flag_targets t ON t.person_id = m.person
                        UNION ALL
                        SELECT p.question, p.entry, true, t.flag_id, false, t.valid_from, t.valid_to
                            FROM unnest(place_question, place_entry, place_uprn) p(question, entry, uprn)
                            JOIN rhannu.flag_targets t ON t.uprn = p.uprn
                    ) t
                    JOIN asked a ON a.question = t.question AND a.granted
                    JOIN rhannu.flags f ON f.id = t.flag_id AND f.state IN ('active', 'provisional')
                    WHERE coalesce(t.valid_from <= a.visit, true) AND coalesce(t.valid_to >= a.visit, true)
                        AND coalesce(f.lapses_at > a.at, true)
                    OFFSET 0  -- a fence: what is judged above is computed once, not wherever it is used
                ) h WHERE h.tier IS NOT NULL
            ), told AS (  -- as it was met; what is met twice is told apart below, since to sort wide rows costs more
                SELECT h.question, array_agg(h.entry) AS entries, array_agg(h.sure) AS sure, array_agg(h.id) AS flags,
                    array_agg(CASE WHEN h.uprn IS NOT NULL THEN 'place' WHEN h.is_self THEN 'person' ELSE 'may-be-present' END) AS about,
                    array_agg(CASE WHEN h.shown THEN h.precaution || ',"badges":[' || concat_ws(',',
                        CASE WHEN h.contested THEN '"contested"' END, CASE WHEN h.restricted THEN '"restricted"' END,
                        CASE WHEN h.is_legacy THEN '"legacy-unreviewed"' END, CASE WHEN h.lapses_at <= h.at + interval '24 hours' THEN '"lapsing"' END,
                        CASE WHEN h.review_on < h.today THEN '"review-overdue"' END) || ']' END) AS warnings,
                    array_agg(h.owner_agency) AS holders,
                    array_agg(h.ref) FILTER (WHERE h.shown) AS shown_refs,
                    array_agg(h.ref) FILTER (WHERE NOT h.shown) AS hidden_refs,
                    array_agg(h.record_id) FILTER (WHERE h.record_id IS NOT NULL) AS records,
                    array_agg(h.owner_agency) FILTER (WHERE h.sure) AS named
                FROM hit h GROUP BY h.question
            ), unknown AS (
                SELECT d.question, '[' || string_agg(to_json(d.digest)::text, ',' ORDER BY d.entry) || ']' AS digests
                FROM unnest(digest_question, digest_entry, digest) d(question, entry, digest)
                WHERE NOT EXISTS (SELECT FROM meant m WHERE m.question = d.question AND m.entry = d.entry)
                    AND NOT EXISTS (SELECT FROM hit h WHERE h.question = d.question AND h.entry = d.entry)
                GROUP BY d.question
            ), mine AS (
                SELECT o.question, array_agg(o.entry) AS entries, array_agg(o.id) AS ids FROM own o GROUP BY o.question
            ), answer AS MATERIALIZED (
                SELECT a.*, m.entries AS known, t.entries, t.sure, t.flags, t.about, t.warnings, t.holders, u.digests,
                    ARRAY(SELECT DISTINCT x FROM unnest(t.shown_refs) x) AS shown,
                    ARRAY(SELECT DISTINCT x FROM unnest(t.hidden_refs) x) AS hidden,
                    ARRAY(SELECT DISTINCT x FROM unnest(m.ids || c.ids || t.records) x) AS subjects,
                    ARRAY(SELECT DISTINCT x FROM unnest(
                        CASE WHEN m.ids IS NOT NULL THEN ARRAY[a.agency] END || c.owners || t.holders) x) AS owners,
                    ARRAY(SELECT DISTINCT x FROM unnest(
                        CASE WHEN m.ids IS NOT NULL THEN ARRAY[a.agency] END || t.named) x) AS named
                FROM asked a LEFT JOIN mine m USING (question) LEFT JOIN met c USING (question)
                LEFT JOIN told t USING (question) LEFT JOIN unknown u USING (question)
            ), written AS MATERIALIZED (
                SELECT audit.write(array_agg(ROW(a.actor, a.event, ARRAY['flag.checked', 'consultation',
                    CASE WHEN NOT a.granted THEN 'denied' WHEN a.entries IS NULL AND a.subjects = '{}' THEN 'empty'
                        ELSE 'ok' END, a.request, CASE WHEN a.granted THEN '' ELSE 'access-denied' END],
                    a.subjects, a.owners, a.named, a.shown, a.hidden,
                    array_remove(ARRAY[CASE WHEN a.shown <> '{}' THEN 'flag.precaution' END, CASE WHEN a.hidden <> '{}' THEN 'flag.exists' END], NULL),
                    CASE WHEN a.granted THEN a.digests END, '12 months')::audit.entry)) FROM answer a
            )
            SELECT a.question, a.actor[8], a.known, a.entries, a.sure, a.flags, a.about, a.warnings, a.holders
            FROM answer a, written;
        END $$ --;;
    """)
    definer(_CHECK, "rhannu_matcher", "rhannu_app")


def downgrade() -> None:
    run(f"""
        DROP FUNCTION {_CHECK} --;;
        DROP FUNCTION {_MATCH} --;;
    """)
    run(f"""
        DROP FUNCTION {_PERSON} --;;
        DROP FUNCTION {_PRECAUTIONS} --;;
        DROP FUNCTION {_TIER} --;;
        ALTER TABLE rhannu.flags DROP COLUMN lapses_at, DROP COLUMN is_legacy, DROP COLUMN reserved_for --;;
        DROP INDEX rhannu.ix_flag_targets_person --;;
        CREATE INDEX ix_flag_targets_person ON rhannu.flag_targets (person_id) WHERE person_id IS NOT NULL --;;
    """)
    run(of_revision("0006_flags", "FLAG_PRECAUTIONS"))
    run(of_revision("0007_flag_checks", "PERSON_PRECAUTIONS"))
    definer("rhannu.flag_precautions(uuid[], boolean)", "rhannu_matcher", "rhannu_app")
    definer("rhannu.person_precautions(uuid, boolean)", "rhannu_matcher", "rhannu_app")
    run(of_revision("0003_audit", "WRITE").replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    run(f"""
        GRANT EXECUTE ON FUNCTION {_WRITE_ONE} TO rhannu_matcher --;;
        DROP FUNCTION {_WRITE_ALL} --;;
        DROP TYPE audit.entry --;;
        ALTER TABLE audit.pending ALTER COLUMN body SET STORAGE EXTENDED --;;
        DROP FUNCTION {_ACTORS} --;;
    """)
    run(of_revision("0002_register", "STANDING").replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    run("DROP VIEW access.roles_held")
    run(of_revision("0002_register", "ACTOR"))
    definer("access.actor(text, bytea, text[], text)", "rhannu_gate", "rhannu_matcher")
    run(of_revision("0007_flag_checks", "MATCH_PERSONS"))
    run(of_revision("0007_flag_checks", "FLAG_CHECK"))
    definer(of_revision("0007_flag_checks", "MATCH"), "rhannu_matcher", "rhannu_app")
    definer(of_revision("0007_flag_checks", "CHECK"), "rhannu_matcher", "rhannu_app")
