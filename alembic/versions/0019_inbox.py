"""Everyone who received a version of a flag is told of change: notices in the inbox of each agency that holds it.

`owner_agency` of a notice is the agency that receives it. The agency that changes its flag does not see other agencies'
inboxes, so a function writes there, in the transaction of the change. For each row of the recipient ledger and each
later version that holders are told of there is one notice, whatever comes first: a check that the background process
files after the change has its notices written with the filing. A change locks its flag whole, and the ledger's foreign
key holds it by its key: whichever comes second waits, and sees the first.
"""

from services.db.migration import by_role, definer, open_to, refer, run, secure

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_WRITE = "rhannu.write_notices(uuid[], timestamptz, text[], interval[])"
_TELL = "rhannu.tell_holders(uuid, timestamptz, text[], interval[])"
_TELL_LATE = "rhannu.tell_late_holders(uuid[], uuid[], timestamptz, text[], interval[])"
_SENT = "rhannu.notices_of_flag(uuid)"
_HELD = "rhannu.held_flags(uuid, integer)"
_SETTLE = "rhannu.settle_silence(uuid)"


def upgrade() -> None:
    run("""
        CREATE TABLE rhannu.notices (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            sender_agency text NOT NULL REFERENCES rhannu.agencies,
            flag_id uuid NOT NULL REFERENCES rhannu.flags,
            about uuid,
            held_version integer NOT NULL,
            flag_version integer NOT NULL,
            kind text NOT NULL,
            made_at timestamptz NOT NULL,
            due_at timestamptz NOT NULL,
            chase_at timestamptz,
            acknowledged_at timestamptz,
            acknowledged_by uuid,
            outcome text,
            CHECK ((acknowledged_at IS NULL) = (outcome IS NULL) AND (acknowledged_at IS NULL) = (acknowledged_by IS NULL))
        ) --;;
        CREATE UNIQUE INDEX uq_notices_told ON rhannu.notices (flag_id, owner_agency, flag_version, kind) --;;
        CREATE INDEX ix_notices_owner_agency ON rhannu.notices (owner_agency, made_at, id) --;;
        CREATE INDEX ix_notices_unacknowledged ON rhannu.notices (owner_agency, made_at, id)
            WHERE acknowledged_at IS NULL --;;
        CREATE INDEX ix_notices_sender_agency ON rhannu.notices (sender_agency) --;;
        CREATE INDEX ix_notices_chase_at ON rhannu.notices (chase_at) WHERE chase_at IS NOT NULL --;;

        -- That a notice nobody acknowledged was put before some roles of the agency that has it.
        CREATE TABLE rhannu.notice_chases (
            notice_id uuid NOT NULL REFERENCES rhannu.notices,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            rung integer NOT NULL CHECK (rung > 0),
            roles text[] NOT NULL,
            chased_at timestamptz NOT NULL,
            PRIMARY KEY (notice_id, rung)
        ) --;;
        CREATE INDEX ix_notice_chases_owner_agency ON rhannu.notice_chases (owner_agency) --;;

        -- Since when a holder of the flag has been silent so long that its owner hears of it.
        ALTER TABLE rhannu.flags ADD COLUMN silent_at timestamptz --;;
        CREATE INDEX ix_flags_owed_at ON rhannu.flags (owner_agency, least(duty_at, silent_at), id)
            WHERE least(duty_at, silent_at) IS NOT NULL --;;
        DROP INDEX rhannu.ix_flags_duty_at --;;
        GRANT UPDATE (silent_at) ON rhannu.flags TO rhannu_matcher, rhannu_worker --;;
        CREATE INDEX ix_flag_recipients_held ON rhannu.flag_recipients (agency, flag_id, flag_version) --;;
        DROP INDEX rhannu.ix_flag_recipients_agency --;;

        -- The one place where notices are written; `kinds` are the changes that holders are told of, each with the time
        -- they have to acknowledge it.
        CREATE FUNCTION rhannu.write_notices(flag_ids uuid[], at timestamptz, kinds text[], within interval[])
            RETURNS TABLE (notice uuid, flag uuid, version int, sender text, receiver text, subject uuid)
            LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
            INSERT INTO rhannu.notices AS n (id, owner_agency, sender_agency, flag_id, about, held_version, flag_version,
                    kind, made_at, due_at, chase_at)
                SELECT gen_random_uuid(), h.agency, f.owner_agency, f.id, f.record_id, max(h.flag_version), v.version,
                    v.change, at, at + w.span, at + w.span
                FROM rhannu.flags f JOIN rhannu.flag_recipients h ON h.flag_id = f.id
                JOIN rhannu.flag_versions v ON v.flag_id = f.id AND v.version > h.flag_version
                JOIN unnest(kinds, within) w(kind, span) ON w.kind = v.change
                WHERE f.id = ANY (flag_ids) AND h.agency <> f.owner_agency
                GROUP BY h.agency, f.owner_agency, f.id, f.record_id, v.version, v.change, w.span
                ON CONFLICT (flag_id, owner_agency, flag_version, kind) DO NOTHING
                RETURNING n.id, n.flag_id, n.flag_version, n.sender_agency, n.owner_agency, n.about
        $$ --;;

        -- Tells the holders of one of the caller's flags of its versions. The lock makes a filing under way come to its
        -- end first, and the next statement sees whom it found.
        CREATE FUNCTION rhannu.tell_holders(told_flag uuid, at timestamptz, kinds text[], within interval[])
            RETURNS TABLE (notice uuid, receiver text)
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            IF NOT EXISTS (SELECT FROM rhannu.flags f
                WHERE f.id = told_flag AND f.owner_agency = access.agency_for('flags', 'write')) THEN
                RAISE EXCEPTION 'no context' USING ERRCODE = 'insufficient_privilege';
            END IF;
            PERFORM FROM rhannu.flags f WHERE f.id = told_flag FOR UPDATE;
            RETURN QUERY SELECT w.notice, w.receiver FROM rhannu.write_notices(ARRAY[told_flag], at, kinds, within) w;
        END $$ --;;

        -- Tells holders whom the ledger learned of after the change, each flag with an event that names them. Filing has
        -- waited for changes under way by then, since its new rows refer to their flags.
        CREATE FUNCTION rhannu.tell_late_holders(flag_ids uuid[], events uuid[], at timestamptz, kinds text[],
                within interval[])
            RETURNS integer
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            nobody uuid := '00000000-0000-0000-0000-000000000000';
            entries audit.entry[];
            written integer;
        BEGIN
            WITH late AS (
                SELECT * FROM rhannu.write_notices(flag_ids, at, kinds, within)
            ), told AS (
                SELECT l.flag, l.sender, array_remove(array_agg(DISTINCT l.subject), NULL) AS subjects,
                    array_agg(DISTINCT l.receiver) AS receivers, count(*) AS notices,
                    array_agg(DISTINCT 'flag:' || l.flag || ':' || l.version)
                        || array_agg('inbox-notice:' || l.notice) || array_agg(DISTINCT 'told:' || l.receiver) AS records
                FROM late l GROUP BY l.flag, l.sender
            )
            SELECT coalesce(sum(t.notices), 0), array_agg(ROW(
                ARRAY['rhannu', nobody::text, '', 'rhannu-worker', 'flag-governance', '', ''], e.event,
                ARRAY['holders.told', 'alteration', 'ok', '', ''], t.subjects,
                (SELECT array_agg(a ORDER BY a) FROM unnest(t.sender || t.receivers) a), NULL,
                (SELECT array_agg(r ORDER BY r) FROM unnest(t.records) r), '{}', '{}', NULL, NULL)::audit.entry)
                INTO written, entries
                FROM told t JOIN unnest(flag_ids, events) e(flag, event) ON e.flag = t.flag;
            IF entries IS NOT NULL THEN PERFORM audit.write(entries); END IF;
            RETURN written;
        END $$ --;;

        -- Of one of the caller's flags: which agency was told of what, and whether it has acknowledged. By whom there is
        -- the other agency's own affair.
        CREATE FUNCTION rhannu.notices_of_flag(told_flag uuid)
            RETURNS TABLE (id uuid, agency text, held_version int, flag_version int, kind text, made_at timestamptz,
                due_at timestamptz, acknowledged_at timestamptz, outcome text, chased_at timestamptz, roles text[])
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            RETURN QUERY SELECT n.id, n.owner_agency, n.held_version, n.flag_version, n.kind, n.made_at, n.due_at,
                    n.acknowledged_at, n.outcome, c.chased_at, c.roles
                FROM rhannu.notices n
                LEFT JOIN LATERAL (SELECT * FROM rhannu.notice_chases c WHERE c.notice_id = n.id
                    ORDER BY c.rung DESC LIMIT 1) c ON true
                WHERE n.flag_id = told_flag AND n.sender_agency = access.agency_for('flags', 'read')
                ORDER BY n.owner_agency, n.flag_version, n.kind;
        END $$ --;;

        -- What the caller's agency holds of others' flags: the newest version of each that it received, where the flag
        -- stands as far as holders were told, and what it answered last.
        CREATE FUNCTION rhannu.held_flags(after uuid, most integer)
            RETURNS TABLE (flag_id uuid, owner text, about uuid, state text, told_version int, flag_version int,
                matched_at timestamptz, displayed_at timestamptz, acknowledged_at timestamptz, settled_version int,
                settled_at timestamptz, outcome text)
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            my_agency text := access.agency_for('inbox', 'read');
        BEGIN
            RETURN QUERY SELECT h.flag_id, f.owner_agency, f.record_id, f.state,
                    (SELECT max(v.version) FROM rhannu.flag_versions v
                        WHERE v.flag_id = h.flag_id AND v.change <> 'not-shared'),
                    h.flag_version, h.matched_at, h.displayed_at, h.acknowledged_at, s.flag_version, s.acknowledged_at,
                    s.outcome
                FROM (SELECT DISTINCT ON (r.flag_id) r.* FROM rhannu.flag_recipients r
                    WHERE r.agency = my_agency AND (after IS NULL OR r.flag_id > after)
                    ORDER BY r.flag_id, r.flag_version DESC LIMIT most) h
                JOIN rhannu.flags f ON f.id = h.flag_id
                LEFT JOIN LATERAL (SELECT n.flag_version, n.acknowledged_at, n.outcome FROM rhannu.notices n
                    WHERE n.flag_id = h.flag_id AND n.owner_agency = my_agency AND n.acknowledged_at IS NOT NULL
                    ORDER BY n.acknowledged_at DESC, n.flag_version DESC LIMIT 1) s ON true
                ORDER BY h.flag_id;
        END $$ --;;

        -- Works out again whether a holder of a flag is silent, once one has spoken.
        CREATE FUNCTION rhannu.settle_silence(told_flag uuid) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            IF access.agency_for('inbox', 'write') IS NULL THEN
                RAISE EXCEPTION 'no context' USING ERRCODE = 'insufficient_privilege';
            END IF;
            UPDATE rhannu.flags f SET silent_at = (
                    SELECT min(n.due_at) FROM rhannu.notices n
                    WHERE n.flag_id = told_flag AND n.acknowledged_at IS NULL AND n.chase_at IS NULL)
                WHERE f.id = told_flag AND f.silent_at IS NOT NULL;
        END $$ --;;

        INSERT INTO access.reach SELECT kind, role, writes FROM (VALUES
            ('inbox', '{duty-desk,mash-duty,spoc,duty-manager,safeguarding-lead,dpo-ig}'::text[], true)
        ) given(kind, roles, writes), unnest(roles) role --;;
    """)
    secure("rhannu.notices", app="SELECT", update="chase_at, acknowledged_at, acknowledged_by, outcome")
    secure("rhannu.notice_chases", app="SELECT")
    by_role("rhannu.notices", "inbox")
    by_role("rhannu.notice_chases", "inbox")
    open_to("rhannu.notices", "rhannu_matcher", grant="SELECT, INSERT")
    open_to("rhannu.notice_chases", "rhannu_matcher")
    open_to("rhannu.notices", "rhannu_worker", grant="SELECT, UPDATE (chase_at)")
    open_to("rhannu.notice_chases", "rhannu_worker", grant="SELECT, INSERT")
    refer("rhannu.notices")
    definer(_WRITE, "rhannu_matcher")
    definer(_TELL, "rhannu_matcher", "rhannu_app")
    definer(_TELL_LATE, "rhannu_matcher", "rhannu_worker")
    definer(_SENT, "rhannu_matcher", "rhannu_app")
    definer(_HELD, "rhannu_matcher", "rhannu_app")
    definer(_SETTLE, "rhannu_matcher", "rhannu_app")


def downgrade() -> None:
    for signature in (_SETTLE, _HELD, _SENT, _TELL_LATE, _TELL, _WRITE):
        run(f"DROP FUNCTION {signature}")
    run("""
        CREATE INDEX ix_flag_recipients_agency ON rhannu.flag_recipients (agency) --;;
        DROP INDEX rhannu.ix_flag_recipients_held --;;
        CREATE INDEX ix_flags_duty_at ON rhannu.flags (owner_agency, duty_at, id) WHERE duty_at IS NOT NULL --;;
        ALTER TABLE rhannu.flags DROP COLUMN silent_at --;;
        DROP TABLE rhannu.notice_chases --;;
        DROP TABLE rhannu.notices --;;
        DELETE FROM access.reach WHERE kind = 'inbox' --;;
    """)
