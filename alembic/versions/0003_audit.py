"""The audit trail: one function writes it, nobody changes it (laws 1 and 6, R-01 to R-06).

The caller's transaction pays for one row in `audit.pending`, which is durable when it commits. The
worker moves rows into the monthly partitions and builds the per-person index; until then queries add
the pending tail. A later seal hashes what is pending into a Merkle log before it is moved.
"""

from services.db.migration import definer, run

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WRITE = "audit.write(text[], uuid, text[], uuid[], text[], text[], text[], text[], text, text)"
_APPEND = "audit.append(uuid, text[], uuid[], text[], text[], text[], text[], text, text, text, bytea)"

WRITE = """
        -- The body is canonical JSON (RFC 8785): keys in order, no spaces, strings and lists of strings only.
        -- facts: action, operation, outcome, request, reason. actor: as access.context() gives it.
        CREATE FUNCTION audit.write(actor text[], event uuid, facts text[], subjects uuid[], owners text[],
            records text[], hinted text[], fields text[], detail text, erase_after text) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            at timestamptz := clock_timestamp();
            salt bytea;
            commitment text := '';
        BEGIN
            IF detail IS NOT NULL THEN
                salt := uuid_send(gen_random_uuid());
                commitment := encode(sha256(salt || convert_to(detail, 'UTF8')), 'hex');
                INSERT INTO audit.detail (event_id, salt, detail, erase_on)
                    VALUES (event, salt, detail, (at + coalesce(erase_after, '12 months')::interval)::date);
            END IF;
            INSERT INTO audit.pending VALUES (event, at,
                '{"action":' || to_json(facts[1])::text || ',"agency":' || to_json(actor[1])::text
                || ',"at":"' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                || '","client":' || to_json(actor[4])::text || ',"detail":"' || commitment || '","event":"' || event
                || '","fields":' || array_to_json(fields)::text || ',"hinted":' || array_to_json(hinted)::text
                || ',"human":"' || coalesce(actor[3], '') || '","operation":"' || facts[2] || '","outcome":"' || facts[3]
                || '","owners":' || array_to_json(owners)::text || ',"purpose":' || to_json(actor[5])::text
                || ',"reason":' || to_json(coalesce(facts[5], ''))::text
                || ',"records":' || array_to_json(records)::text
                || ',"request":' || to_json(coalesce(facts[4], ''))::text
                || ',"roles":' || to_json(coalesce(actor[6], ''))::text
                || ',"subjects":' || array_to_json(subjects)::text
                || ',"token":' || to_json(coalesce(actor[7], ''))::text || ',"user":' || to_json(actor[2])::text
                || ',"v":1}');
        END $$ --;;
"""


def upgrade() -> None:
    run("""
        CREATE TABLE audit.pending (
            event_id uuid PRIMARY KEY,
            occurred_at timestamptz NOT NULL,
            body text NOT NULL
        ) --;;
        CREATE TABLE audit.event (
            event_id uuid NOT NULL,
            occurred_at timestamptz NOT NULL,
            agency text NOT NULL,
            user_id uuid NOT NULL,
            action text NOT NULL,
            outcome text NOT NULL,
            purpose text NOT NULL,
            owners text[] NOT NULL,
            body text NOT NULL,
            PRIMARY KEY (occurred_at, event_id)
        ) PARTITION BY RANGE (occurred_at) --;;
        CREATE INDEX ix_event_agency ON audit.event (agency, occurred_at, event_id) --;;
        CREATE INDEX ix_event_user ON audit.event (user_id, occurred_at, event_id) --;;
        CREATE INDEX ix_event_id ON audit.event (event_id) --;;
        CREATE TABLE audit.subject (
            subject uuid NOT NULL,
            occurred_at timestamptz NOT NULL,
            event_id uuid NOT NULL,
            PRIMARY KEY (subject, occurred_at, event_id)
        ) PARTITION BY RANGE (occurred_at) --;;
        -- What may have to be erased: committed to in the body by a salted digest, so that erasing breaks nothing.
        CREATE TABLE audit.detail (
            event_id uuid PRIMARY KEY,
            salt bytea,
            detail text,
            erase_on date NOT NULL,
            erased_by_event uuid
        ) --;;
        CREATE INDEX ix_detail_erase_on ON audit.detail (erase_on) WHERE erased_by_event IS NULL --;;

        -- Make the partition of a month, and its row security, if it is missing.
        CREATE FUNCTION audit.ensure_month(month date) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            first date := date_trunc('month', month)::date;
            suffix text := to_char(first, 'YYYYMM');
            base text;
        BEGIN
            FOREACH base IN ARRAY ARRAY['event', 'subject'] LOOP
                IF to_regclass(format('audit.%I', base || '_' || suffix)) IS NULL THEN
                    EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.%I FOR VALUES FROM (%L) TO (%L)',
                        base || '_' || suffix, base, first, (first + interval '1 month')::date);
                    EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', base || '_' || suffix);
                    EXECUTE format('ALTER TABLE audit.%I FORCE ROW LEVEL SECURITY', base || '_' || suffix);
                END IF;
            END LOOP;
        END $$ --;;
        SELECT audit.ensure_month((now() + n * interval '1 month')::date) FROM generate_series(-1, 3) n --;;
        CREATE TABLE audit.event_default PARTITION OF audit.event DEFAULT --;;
        CREATE TABLE audit.subject_default PARTITION OF audit.subject DEFAULT --;;

    """)
    run(WRITE)
    run("""
        -- The one door for the application. Within a unit of work the actor is the verified context; for a refusal,
        -- whose transaction has none, it is what the application signed.
        CREATE FUNCTION audit.append(event uuid, facts text[], subjects uuid[], owners text[], records text[],
            hinted text[], fields text[], detail text, erase_after text, payload text, signature bytea) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            actor text[] := access.context();
            claim text[];
        BEGIN
            IF actor IS NULL THEN
                claim := access.claims(payload, signature);
                IF claim IS NULL THEN
                    RAISE EXCEPTION 'no context for the audit trail' USING ERRCODE = 'insufficient_privilege';
                END IF;
                actor := ARRAY[claim[3], claim[4], '', claim[1], claim[5], '', claim[6]];
            END IF;
            PERFORM audit.write(actor, event, facts, subjects, owners, records, hinted, fields, detail, erase_after);
        END $$ --;;

        -- Erase what has had its day. The digest in the event stays, so nothing that was sealed breaks; the erasure is
        -- an event of its own, by the service itself (the user id of all zeros).
        CREATE FUNCTION audit.erase_due(event uuid, most int) RETURNS int
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            nobody text := '00000000-0000-0000-0000-000000000000';
            erased text[];
        BEGIN
            WITH due AS (
                SELECT d.event_id FROM audit.detail d
                WHERE d.erased_by_event IS NULL AND d.erase_on <= (now() AT TIME ZONE 'Europe/London')::date
                ORDER BY d.erase_on, d.event_id LIMIT most FOR UPDATE SKIP LOCKED
            ), gone AS (
                UPDATE audit.detail d SET salt = NULL, detail = NULL, erased_by_event = event
                FROM due WHERE d.event_id = due.event_id RETURNING d.event_id
            )
            SELECT array_agg('event:' || g.event_id ORDER BY g.event_id) INTO erased FROM gone g;
            IF erased IS NULL THEN RETURN 0; END IF;
            PERFORM audit.write(ARRAY['rhannu', nobody, '', 'rhannu-worker', 'audit-quality', '', ''], event,
                ARRAY['audit.detail-erased', 'erasure', 'ok', '', ''], '{}', '{}', erased, '{}', '{}', NULL, NULL);
            RETURN cardinality(erased);
        END $$ --;;

        ALTER TABLE audit.pending ENABLE ROW LEVEL SECURITY --;;
        ALTER TABLE audit.pending FORCE ROW LEVEL SECURITY --;;
        ALTER TABLE audit.event ENABLE ROW LEVEL SECURITY --;;
        ALTER TABLE audit.event FORCE ROW LEVEL SECURITY --;;
        ALTER TABLE audit.event_default ENABLE ROW LEVEL SECURITY --;;
        ALTER TABLE audit.event_default FORCE ROW LEVEL SECURITY --;;
        ALTER TABLE audit.subject ENABLE ROW LEVEL SECURITY --;;
        ALTER TABLE audit.subject FORCE ROW LEVEL SECURITY --;;
        ALTER TABLE audit.subject_default ENABLE ROW LEVEL SECURITY --;;
        ALTER TABLE audit.subject_default FORCE ROW LEVEL SECURITY --;;
        ALTER TABLE audit.detail ENABLE ROW LEVEL SECURITY --;;
        ALTER TABLE audit.detail FORCE ROW LEVEL SECURITY --;;

        CREATE POLICY recorder_writes ON audit.pending FOR INSERT TO rhannu_recorder WITH CHECK (true) --;;
        CREATE POLICY recorder_writes ON audit.detail FOR INSERT TO rhannu_recorder WITH CHECK (true) --;;
        GRANT INSERT ON audit.pending, audit.detail TO rhannu_recorder --;;
        CREATE POLICY recorder_finds ON audit.detail FOR SELECT TO rhannu_recorder USING (true) --;;
        CREATE POLICY recorder_erases ON audit.detail FOR UPDATE TO rhannu_recorder
            USING (erased_by_event IS NULL AND erase_on <= (now() AT TIME ZONE 'Europe/London')::date)
            WITH CHECK (salt IS NULL AND detail IS NULL AND erased_by_event IS NOT NULL) --;;
        GRANT SELECT, UPDATE (salt, detail, erased_by_event) ON audit.detail TO rhannu_recorder --;;
        CREATE POLICY worker_moves ON audit.pending TO rhannu_worker USING (true) --;;
        CREATE POLICY worker_files ON audit.event TO rhannu_worker USING (true) WITH CHECK (true) --;;
        CREATE POLICY worker_files ON audit.subject TO rhannu_worker USING (true) WITH CHECK (true) --;;
        GRANT SELECT, DELETE ON audit.pending TO rhannu_worker --;;
        GRANT SELECT, INSERT ON audit.event, audit.subject TO rhannu_worker --;;

        -- An agency's officers see its own access, and everyone's access to its records; the Board's auditor sees all.
        CREATE FUNCTION audit.may_see_all() RETURNS boolean
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT coalesce('auditor' = ANY (string_to_array((access.context())[6], ','))
                AND EXISTS (SELECT FROM rhannu.agencies a WHERE a.code = (access.context())[1] AND a.type = 'board'), false)
        $$ --;;
        CREATE POLICY auditor_reads ON audit.event FOR SELECT TO rhannu_auditor USING (
            agency = (SELECT access.agency()) OR owners @> ARRAY[(SELECT access.agency())]
            OR (SELECT audit.may_see_all())) --;;
        CREATE POLICY auditor_reads ON audit.pending FOR SELECT TO rhannu_auditor USING (
            body::jsonb ->> 'agency' = (SELECT access.agency())
            OR body::jsonb -> 'owners' ? (SELECT access.agency()) OR (SELECT audit.may_see_all())) --;;
        CREATE POLICY auditor_reads ON audit.subject FOR SELECT TO rhannu_auditor
            USING ((SELECT access.agency()) IS NOT NULL) --;;
        GRANT SELECT ON audit.event, audit.pending, audit.subject TO rhannu_auditor --;;
    """)
    definer("audit.ensure_month(date)", "rhannu_owner", "rhannu_worker")
    definer(_WRITE, "rhannu_recorder", "rhannu_matcher")
    definer(_APPEND, "rhannu_recorder", "rhannu_app", "rhannu_auditor", "rhannu_worker")
    definer("audit.erase_due(uuid, int)", "rhannu_recorder", "rhannu_worker")
    definer("audit.may_see_all()", "rhannu_gate", "rhannu_auditor")


def downgrade() -> None:
    run(f"""
        DROP FUNCTION audit.ensure_month(date) --;;
        DROP FUNCTION audit.erase_due(uuid, int) --;;
        DROP FUNCTION {_APPEND} --;;
        DROP FUNCTION {_WRITE} --;;
        DROP TABLE audit.detail --;;
        DROP TABLE audit.subject --;;
        DROP TABLE audit.event --;;
        DROP TABLE audit.pending --;;
        DROP FUNCTION audit.may_see_all() --;;
    """)
