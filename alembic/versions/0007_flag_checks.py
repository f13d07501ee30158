"""The flag check: one function, one round trip, one transaction with its evidence (ADR 0004).

It runs as `rhannu_matcher`, whose policies let it read every agency's live flags; what the caller may
see is written in its query, is stated again as a pure function in `domain.visibility`, and the two are
compared over generated worlds by the tests. Nothing is returned that the same statement has not put on
the audit trail.
"""

from services.db.migration import definer, open_to, run, secure

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CHECK = (
    "rhannu.flag_check(text, bytea, text[], text, boolean, uuid, text, int[], uuid[], int[], uuid[], boolean[], uuid[], "
    "int[], text[], int[], text[], date)"
)
MATCH = "rhannu.match_persons(text, bytea, text[], text, int[], text[], bytea[])"

MATCH_PERSONS = """
        -- Whose records share a key with a question. Opaque ids and kinds only: who is meant is decided by
        -- `domain.identity`, and nothing of this leaves the service.
        CREATE FUNCTION rhannu.match_persons(payload text, signature bytea, allowed text[], scope text,
            key_entry int[], key_kind text[], key_digest bytea[])
            RETURNS TABLE (entry int, person uuid, kinds text[], records uuid[])
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' SET plan_cache_mode = force_generic_plan AS $$
        DECLARE
            actor text[] := access.actor(payload, signature, allowed, scope);
        BEGIN
            IF actor[8] IS DISTINCT FROM 'granted' THEN
                RETURN;
            END IF;
            RETURN QUERY
                SELECT k.entry, r.person_id, array_agg(DISTINCT k.kind), array_agg(DISTINCT r.id)
                FROM unnest(key_entry, key_kind, key_digest) k(entry, kind, digest)
                JOIN rhannu.person_keys pk ON pk.digest = k.digest
                JOIN rhannu.person_records r ON r.id = pk.record_id
                GROUP BY k.entry, r.person_id;
        END $$ --;;
"""
FLAG_CHECK = """
        -- person_sure: false for somebody who might be meant beside the one who surely is; a warning about them turns
        -- an all-clear into a doubt. consulted: records whose keys were met while finding out who is meant.
        -- digest: one keyed digest of the question per entry, kept for 12 months only where nobody was known (law 11).
        CREATE FUNCTION rhannu.flag_check(payload text, signature bytea, allowed text[], scope text, alerting boolean,
            event uuid, request text, record_entry int[], record_ids uuid[], person_entry int[], person_ids uuid[],
            person_sure boolean[], consulted uuid[], place_entry int[], place_uprn text[], digest_entry int[],
            digest text[], contact_on date)
            RETURNS TABLE (named int[], entries int[], sure boolean[], flags uuid[], about text[], warnings text[],
            holders text[])
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' SET plan_cache_mode = force_generic_plan AS $$
        #variable_conflict use_column
        DECLARE
            actor text[] := access.actor(payload, signature, allowed, scope);
            my_agency text := actor[1];
            today date := (now() AT TIME ZONE 'Europe/London')::date;
            visit date := coalesce(contact_on, (now() AT TIME ZONE 'Europe/London')::date);
            asked int[];
            persons uuid[];
            certain boolean[];
            subjects uuid[];
            owners text[];
            unknown text;
            hits record;
        BEGIN
            IF actor IS NULL THEN
                RAISE EXCEPTION 'no context' USING ERRCODE = 'insufficient_privilege';
            END IF;
            IF actor[8] <> 'granted' THEN
                PERFORM audit.write(actor, event, ARRAY['flag.checked', 'consultation', 'denied', request,
                    'access-denied'], '{}', '{}', '{}', '{}', '{}', NULL, NULL);
                named := '{-1}';
                RETURN NEXT;
                RETURN;
            END IF;

            -- A record named by id must be the caller's own; a hidden one and an absent one are not found alike.
            SELECT coalesce(array_agg(n.entry), '{}'), coalesce(array_agg(r.person_id), '{}'),
                coalesce(array_agg(r.id), '{}'), coalesce(array_agg(true), '{}')
            INTO asked, persons, subjects, certain
            FROM unnest(record_entry, record_ids) n(entry, id)
            JOIN rhannu.person_records r ON r.id = n.id AND r.owner_agency = my_agency;
            named := asked;
            owners := CASE WHEN cardinality(subjects) > 0 THEN ARRAY[my_agency] ELSE '{}'::text[] END;
            IF cardinality(person_entry) > 0 OR cardinality(consulted) > 0 THEN
                asked := asked || person_entry;
                persons := persons || person_ids;
                certain := certain || person_sure;
                subjects := ARRAY(SELECT DISTINCT x FROM unnest(subjects || consulted) x);
                owners := ARRAY(SELECT DISTINCT r.owner_agency FROM rhannu.person_records r WHERE r.id = ANY (subjects));
            END IF;

            -- Everyone warned about in each entry: by the person, by where they live or may be, by the place itself.
            -- A hit not sure is about somebody who might be meant: it is told to nobody and turns an all-clear into doubt.
            SELECT array_agg(h.entry) AS entries, array_agg(h.sure) AS sure, array_agg(h.id) AS flags,
                array_agg(CASE WHEN h.uprn IS NOT NULL THEN 'place' WHEN h.is_self THEN 'person' ELSE 'may-be-present' END)
                    AS about,
                array_agg(CASE WHEN h.sure AND h.visible THEN h.precaution || ',"badges":' || array_to_json(array_remove(ARRAY[
                    CASE WHEN h.contested THEN 'contested' END, CASE WHEN h.restricted THEN 'restricted' END,
                    CASE WHEN h.review_on < today THEN 'review-overdue' END], NULL)) END) AS warnings,
                array_agg(h.owner_agency) AS holders,
                coalesce(array_agg(DISTINCT h.ref) FILTER (WHERE h.sure AND h.visible), '{}') AS shown_refs,
                coalesce(array_agg(DISTINCT h.ref) FILTER (WHERE NOT (h.sure AND h.visible)), '{}') AS hidden_refs,
                array_agg(DISTINCT h.record_id) FILTER (WHERE h.record_id IS NOT NULL AND NOT h.record_id = ANY (subjects)) AS records,
                array_agg(DISTINCT h.owner_agency) FILTER (WHERE NOT h.owner_agency = ANY (owners)) AS owners
            INTO hits
            FROM (
                SELECT t.entry, t.sure, t.is_self, f.id, f.precaution, f.uprn, f.contested, f.restricted, f.review_on,
                    f.record_id, f.owner_agency, f.is_alerting, 'flag:' || f.id || ':' || f.version AS ref,
                    f.state = 'active' AS is_active, f.state = 'active' AND f.recipients && ARRAY['*', my_agency] AS is_named,
                    f.owner_agency = my_agency OR (f.state = 'active' AND f.recipients && ARRAY['*', my_agency]
                        AND NOT f.restricted AND (f.review_on >= today - 28 OR EXISTS (
                            SELECT FROM rhannu.flag_recipients r WHERE r.flag_id = f.id AND r.agency = my_agency))) AS visible
                FROM (
                    SELECT e.entry, e.sure, t.flag_id, t.via = 'subject' AS is_self
                        FROM unnest(asked, persons, certain) e(entry, person, sure)
                        JOIN rhannu.flag_targets t ON t.person_id = e.person
                        WHERE coalesce(t.valid_from <= visit, true) AND coalesce(t.valid_to >= visit, true)
                    UNION ALL
                    SELECT p.entry, true, t.flag_id, false FROM unnest(place_entry, place_uprn) p(entry, uprn)
                        JOIN rhannu.flag_targets t ON t.uprn = p.uprn
                        WHERE coalesce(t.valid_from <= visit, true) AND coalesce(t.valid_to >= visit, true)
                ) t
                JOIN rhannu.flags f ON f.id = t.flag_id AND f.state IN ('active', 'provisional')
                OFFSET 0  -- a fence: what is judged above is computed once, not wherever it is used
            ) h
            WHERE h.visible OR h.is_named OR (h.is_active AND h.is_alerting AND alerting);

            IF cardinality(digest_entry) > 0 THEN
                SELECT '[' || string_agg(to_json(d.digest)::text, ',' ORDER BY d.entry) || ']' INTO unknown
                    FROM unnest(digest_entry, digest) d(entry, digest)
                    WHERE d.entry <> ALL (asked) AND d.entry <> ALL (coalesce(hits.entries, '{}'));
            END IF;
            PERFORM audit.write(actor, event,
                ARRAY['flag.checked', 'consultation',
                    CASE WHEN hits.entries IS NULL AND cardinality(subjects) = 0 THEN 'empty' ELSE 'ok' END, request, ''],
                subjects || hits.records, owners || hits.owners, hits.shown_refs, hits.hidden_refs,
                CASE WHEN cardinality(hits.shown_refs) > 0 THEN ARRAY['flag.precaution'] ELSE '{}'::text[] END
                    || CASE WHEN cardinality(hits.hidden_refs) > 0 THEN ARRAY['flag.exists'] ELSE '{}'::text[] END,
                unknown, '12 months');
            entries := hits.entries;
            sure := hits.sure;
            flags := hits.flags;
            about := hits.about;
            warnings := hits.warnings;
            holders := hits.holders;
            RETURN NEXT;
        END $$ --;;
"""
PERSON_PRECAUTIONS = """
        -- The live flags on the person of one of the caller's own records, within a unit of work that names them on the
        -- trail.
        CREATE FUNCTION rhannu.person_precautions(record uuid, alerting boolean)
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
                alerting) p;
        END $$ --;;
"""


def upgrade() -> None:
    run(MATCH_PERSONS)
    run(FLAG_CHECK)
    run("""
        -- What one of the caller's own checks showed, for displays, acknowledgements and the duty desk.
        CREATE FUNCTION rhannu.check_shown(check_id uuid)
            RETURNS TABLE (checked_at timestamptz, user_id uuid, records text[], hinted text[], subjects uuid[],
                owners text[])
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            found_body jsonb;
        BEGIN
            SELECT p.body::jsonb INTO found_body FROM audit.pending p WHERE p.event_id = check_id;
            IF found_body IS NULL THEN
                SELECT e.body::jsonb INTO found_body FROM audit.event e WHERE e.event_id = check_id;
            END IF;
            IF found_body ->> 'agency' IS DISTINCT FROM access.agency() OR found_body ->> 'action' <> 'flag.checked'
                OR found_body ->> 'outcome' = 'denied' THEN
                RETURN;
            END IF;
            RETURN QUERY SELECT (found_body ->> 'at')::timestamptz, (found_body ->> 'user')::uuid,
                ARRAY(SELECT jsonb_array_elements_text(found_body -> 'records')),
                ARRAY(SELECT jsonb_array_elements_text(found_body -> 'hinted')),
                ARRAY(SELECT jsonb_array_elements_text(found_body -> 'subjects'))::uuid[],
                ARRAY(SELECT jsonb_array_elements_text(found_body -> 'owners'));
        END $$ --;;
    """)
    run(PERSON_PRECAUTIONS)
    run("""

        CREATE TABLE rhannu.check_resolutions (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            check_id uuid NOT NULL,
            entry_reference text NOT NULL,
            record_id uuid REFERENCES rhannu.person_records,
            method text NOT NULL,
            note text NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL
        ) --;;
        CREATE INDEX ix_check_resolutions_check ON rhannu.check_resolutions (check_id) --;;
        CREATE INDEX ix_check_resolutions_record ON rhannu.check_resolutions (record_id) --;;
        CREATE INDEX ix_check_resolutions_owner_agency ON rhannu.check_resolutions (owner_agency) --;;

        -- A retry finds what its first try made: id, version and status, never the body (Settled: Idempotency-Key).
        CREATE TABLE rhannu.idempotency_keys (
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            client_id text NOT NULL,
            key text NOT NULL,
            fingerprint bytea NOT NULL,
            resource uuid,
            version integer,
            status integer NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (owner_agency, client_id, key)
        ) --;;
        CREATE INDEX ix_idempotency_keys_created_at ON rhannu.idempotency_keys (created_at) --;;
        CREATE POLICY matcher_reads ON audit.pending FOR SELECT TO rhannu_matcher USING (true) --;;
        CREATE POLICY matcher_reads ON audit.event FOR SELECT TO rhannu_matcher USING (true) --;;
        GRANT SELECT ON audit.pending, audit.event TO rhannu_matcher --;;
    """)
    secure("rhannu.check_resolutions")
    secure("rhannu.idempotency_keys", update="resource, version, status")
    open_to("rhannu.idempotency_keys", "rhannu_worker", grant="SELECT, DELETE")
    definer(MATCH, "rhannu_matcher", "rhannu_app")
    definer(CHECK, "rhannu_matcher", "rhannu_app")
    definer("rhannu.check_shown(uuid)", "rhannu_matcher", "rhannu_app")
    definer("rhannu.person_precautions(uuid, boolean)", "rhannu_matcher", "rhannu_app")


def downgrade() -> None:
    run(f"""
        DROP POLICY matcher_reads ON audit.event --;;
        DROP POLICY matcher_reads ON audit.pending --;;
        REVOKE SELECT ON audit.pending, audit.event FROM rhannu_matcher --;;
        DROP TABLE rhannu.idempotency_keys --;;
        DROP TABLE rhannu.check_resolutions --;;
        DROP FUNCTION rhannu.person_precautions(uuid, boolean) --;;
        DROP FUNCTION rhannu.check_shown(uuid) --;;
        DROP FUNCTION {CHECK} --;;
        DROP FUNCTION {MATCH} --;;
    """)
