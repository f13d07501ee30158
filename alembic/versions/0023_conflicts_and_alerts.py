"""Declared conflicts of interest, which no answer passes, and alerts about unusual access (ADR 0017).

A declaration names an account; it holds for the human behind it in whatever account and agency. Units of work learn with
their first statement whether any holds. The flag check, which goes round the unit, learns it with the standing of whoever
asks (`guarded` beside `granted` and `denied`), and looks further for them alone.

What the worker files marks whose access is to be weighed (`access_watch`); an alert belongs to the account's own agency.
"""

from services.db.migration import by_role, definer, open_to, run, say_anew, secure

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_CHECK = (
    "rhannu.flag_checks(text[], bytea[], uuid[], text[], boolean[], date[], timestamptz[], int[], int[], uuid[], int[], int[], uuid[], "
    "boolean[], int[], uuid[], int[], int[], text[], int[], int[], text[], text[], text)"
)
_MATCH = "rhannu.match_persons(text[], bytea[], int[], int[], text[], bytea[], text[], text)"
_ACTORS = "access.actors(text[], bytea[], text[], text)"
_HAS = "rhannu.has_conflicts(uuid, timestamptz)"
_MET = "rhannu.conflicts_met(uuid[], timestamptz)"
_ASKS = "rhannu.asks_about_own_circle(text[], int, timestamptz, int[], uuid[], int[], uuid[], boolean[])"
_FOLLOW = "rhannu.follow_human()"
_ACCOUNT = "access.own_account(uuid)"
_HOLDS = "rhannu.holds_record(uuid)"
_CIRCLE = "rhannu.own_circle(uuid, text[], timestamptz)"
_RAISE = (
    "rhannu.raise_access_alert(uuid, text, text, uuid, timestamptz, timestamptz, timestamptz, jsonb, uuid, timestamptz)"
)
_FUNCTIONS = (_RAISE, _CIRCLE, _HOLDS, _ACCOUNT, _ASKS, _MET, _HAS)

_LINES = {
    _ACTORS: (
        (
            "CASE WHEN s.permitted AND s.roles && allowed THEN 'granted' ELSE 'denied' END]",
            """CASE WHEN NOT (s.permitted AND s.roles && allowed) IS TRUE THEN 'denied' WHEN EXISTS (
                    SELECT FROM rhannu.conflict_declarations d WHERE d.human_id = s.human AND d.ended_at IS NULL)
                THEN 'guarded' ELSE 'granted' END]""",
        ),
    ),
    _MATCH: (("a.actor[8] = 'granted'", "a.actor[8] <> 'denied'"),),
    _CHECK: (
        (
            "a.actor[8] = 'granted' AS granted,",
            """CASE a.actor[8] WHEN 'granted' THEN true WHEN 'guarded' THEN NOT rhannu.asks_about_own_circle(a.actor, a.question,
                        moments[a.question], record_question, record_ids, person_question, person_ids, person_sure)
                        ELSE false END AS granted,""",
        ),
        (
            "CASE WHEN a.granted THEN '' ELSE 'access-denied' END",
            "CASE WHEN a.granted THEN '' WHEN a.actor[8] = 'guarded' THEN 'conflict-of-interest' ELSE 'access-denied' END",
        ),
        (
            "SELECT a.question, a.actor[8], a.known",
            "SELECT a.question, CASE WHEN a.granted THEN 'granted' WHEN a.actor[8] = 'guarded' THEN 'conflict-of-interest' ELSE 'denied' END, a.known",
        ),
    ),
}
"""Lines of the functions of the flag check as they were, and as they are: the rest of their text stays where it is."""


def upgrade() -> None:
    _conflicts()
    _conflict_functions()
    for function, pairs in _LINES.items():
        for before, after in pairs:
            say_anew(function, before, after)
    _alerts()
    _alert_functions()


def _conflicts() -> None:
    run("""
        CREATE TABLE rhannu.conflict_declarations (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            version integer NOT NULL CHECK (version > 0),
            user_id uuid NOT NULL REFERENCES rhannu.users,
            human_id uuid NOT NULL,
            record_id uuid NOT NULL REFERENCES rhannu.person_records,
            kind text NOT NULL,
            declared_at timestamptz NOT NULL,
            until_at timestamptz,
            ended_at timestamptz,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL
        ) --;;
        CREATE INDEX ix_conflict_declarations_owner ON rhannu.conflict_declarations (owner_agency, declared_at, id) --;;
        CREATE INDEX ix_conflict_declarations_user ON rhannu.conflict_declarations (user_id) --;;
        CREATE INDEX ix_conflict_declarations_open ON rhannu.conflict_declarations (human_id) WHERE ended_at IS NULL --;;
        CREATE INDEX ix_conflict_declarations_record ON rhannu.conflict_declarations (record_id) --;;
        CREATE TABLE rhannu.conflict_declaration_versions (
            declaration_id uuid NOT NULL REFERENCES rhannu.conflict_declarations,
            version integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            PRIMARY KEY (declaration_id, version)
        ) --;;
        CREATE INDEX ix_conflict_declaration_versions_owner ON rhannu.conflict_declaration_versions (owner_agency) --;;
        INSERT INTO access.reach SELECT kind, role, true FROM (VALUES
            ('conflicts', '{practitioner,line-manager,duty-manager,duty-desk,mash-duty,spoc,safeguarding-lead,flag-decision-maker,dpo-ig}'::text[]),
            ('alerts', '{dpo-ig}')
        ) given(kind, roles), unnest(roles) role --;;
    """)
    secure("rhannu.conflict_declarations", update="version, ended_at, content, recorded_at, recorded_by")
    secure("rhannu.conflict_declaration_versions")
    by_role("rhannu.conflict_declarations", "conflicts")
    by_role("rhannu.conflict_declaration_versions", "conflicts")
    open_to("rhannu.conflict_declarations", "rhannu_matcher")
    open_to("rhannu.conflict_declarations", "rhannu_gate", grant="SELECT (human_id, ended_at)")
    open_to("rhannu.conflict_declarations", "rhannu_registrar", grant="SELECT (user_id), UPDATE (human_id)")


def _conflict_functions() -> None:
    run("""
        -- Accounts turn out to be one human's, or another's: a declaration goes with its account, so that it is found by
        -- the human with one look.
        CREATE FUNCTION rhannu.follow_human() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            UPDATE rhannu.conflict_declarations SET human_id = NEW.human_id WHERE user_id = NEW.id;
            RETURN NULL;
        END $$ --;;
        CREATE TRIGGER follow_human AFTER UPDATE OF human_id ON rhannu.users
            FOR EACH ROW WHEN (NEW.human_id <> OLD.human_id) EXECUTE FUNCTION rhannu.follow_human() --;;

        -- Whether any declaration holds for a human now: what the first statement of a unit learns.
        CREATE FUNCTION rhannu.has_conflicts(asker uuid, at timestamptz) RETURNS boolean
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            RETURN EXISTS (SELECT FROM rhannu.conflict_declarations d
                WHERE d.human_id = asker AND d.ended_at IS NULL AND (d.until_at IS NULL OR d.until_at > at));
        END $$ --;;

        -- Which declarations of the human who asks some people meet: the person of the record declared, by whichever
        -- agency's record of them.
        CREATE FUNCTION rhannu.conflicts_met(subjects uuid[], at timestamptz) RETURNS uuid[]
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            asker uuid := (access.context())[3]::uuid;
        BEGIN
            RETURN ARRAY(
                SELECT d.id FROM rhannu.conflict_declarations d JOIN rhannu.person_records mine ON mine.id = d.record_id
                WHERE d.human_id = asker AND d.ended_at IS NULL AND (d.until_at IS NULL OR d.until_at > at)
                    AND (mine.id = ANY (subjects) OR EXISTS (SELECT FROM rhannu.person_records r
                        WHERE r.person_id = mine.person_id AND r.id = ANY (subjects)))
                ORDER BY d.id);
        END $$ --;;

        -- Whether a question of a check asks about somebody whom the asker is declared to be close to: by an own record,
        -- or by an identity that is surely theirs. actor: as access.actors() gives it.
        CREATE FUNCTION rhannu.asks_about_own_circle(actor text[], question int, at timestamptz, record_question int[],
            record_ids uuid[], person_question int[], person_ids uuid[], person_sure boolean[]) RETURNS boolean
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            RETURN EXISTS (
                SELECT FROM rhannu.conflict_declarations d JOIN rhannu.person_records mine ON mine.id = d.record_id
                WHERE d.human_id = actor[3]::uuid AND d.ended_at IS NULL AND (d.until_at IS NULL OR d.until_at > at)
                    AND (EXISTS (SELECT FROM unnest(record_question, record_ids) n(number, id)
                            JOIN rhannu.person_records r ON r.id = n.id AND r.owner_agency = actor[1]
                            WHERE n.number = question AND (r.id = mine.id OR r.person_id = mine.person_id))
                        OR EXISTS (SELECT FROM unnest(person_question, person_ids, person_sure) s(number, person, sure)
                            WHERE s.number = question AND s.sure AND s.person = mine.person_id)));
        END $$ --;;

        -- The human behind an account of the agency acted for: one of its own, or one that holds a role for it.
        CREATE FUNCTION access.own_account(account uuid) RETURNS TABLE (human uuid, is_team boolean)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT u.human_id, u.is_team FROM rhannu.users u WHERE u.id = account
                AND access.agency_for('conflicts', 'write') IN (SELECT u.owner_agency UNION ALL
                    SELECT r.owner_agency FROM rhannu.user_roles r WHERE r.user_id = u.id
                    AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now()))
        $$ --;;

        -- Whether a record is the agency's own, for roles that declare and read no records.
        CREATE FUNCTION rhannu.holds_record(record uuid) RETURNS boolean
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT EXISTS (SELECT FROM rhannu.person_records r
                WHERE r.id = record AND r.owner_agency = access.agency_for('conflicts', 'write'))
        $$ --;;
    """)
    definer(_HAS, "rhannu_matcher", "rhannu_app", "rhannu_auditor")
    definer(_MET, "rhannu_matcher", "rhannu_app", "rhannu_auditor")
    definer(_ASKS, "rhannu_matcher")
    definer(_FOLLOW, "rhannu_registrar")
    definer(_ACCOUNT, "rhannu_gate", "rhannu_app")
    definer(_HOLDS, "rhannu_matcher", "rhannu_app")


def _alerts() -> None:
    run("""
        CREATE TABLE rhannu.access_alerts (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            version integer NOT NULL CHECK (version > 0),
            kind text NOT NULL,
            user_id uuid NOT NULL REFERENCES rhannu.users,
            human_id uuid NOT NULL,
            window_start timestamptz NOT NULL,
            window_end timestamptz NOT NULL,
            raised_at timestamptz NOT NULL,
            reviewed_at timestamptz,
            chase_at timestamptz,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL
        ) --;;
        CREATE UNIQUE INDEX uq_access_alerts_window ON rhannu.access_alerts (owner_agency, kind, user_id, window_start) --;;
        CREATE INDEX ix_access_alerts_raised ON rhannu.access_alerts (owner_agency, raised_at, id) --;;
        CREATE INDEX ix_access_alerts_user ON rhannu.access_alerts (user_id, window_end) --;;
        CREATE INDEX ix_access_alerts_chase_at ON rhannu.access_alerts (chase_at) WHERE chase_at IS NOT NULL --;;
        CREATE TABLE rhannu.access_alert_versions (
            alert_id uuid NOT NULL REFERENCES rhannu.access_alerts,
            version integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            PRIMARY KEY (alert_id, version)
        ) --;;
        CREATE INDEX ix_access_alert_versions_owner ON rhannu.access_alert_versions (owner_agency) --;;
        -- That a review was chased before some roles.
        CREATE TABLE rhannu.access_alert_chases (
            alert_id uuid NOT NULL REFERENCES rhannu.access_alerts,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            duty text NOT NULL,
            due_at timestamptz NOT NULL,
            rung integer NOT NULL CHECK (rung > 0),
            roles text[] NOT NULL,
            chased_at timestamptz NOT NULL,
            PRIMARY KEY (alert_id, duty, due_at, rung)
        ) --;;
        CREATE INDEX ix_access_alert_chases_owner ON rhannu.access_alert_chases (owner_agency) --;;
        -- An agency's own budgets, one row for each version (law 6).
        CREATE TABLE rhannu.access_budgets (
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            version integer NOT NULL CHECK (version > 0),
            daily integer NOT NULL CHECK (daily > 0),
            weekly integer NOT NULL CHECK (weekly > 0),
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            recorded_human uuid NOT NULL,
            CONSTRAINT pk_access_budgets PRIMARY KEY (owner_agency, version)
        ) --;;
        -- Whose access has fresh events that have yet to be weighed, the earliest of them, and from when on to weigh.
        CREATE TABLE rhannu.access_watch (
            user_id uuid PRIMARY KEY,
            from_at timestamptz NOT NULL,
            due_at timestamptz NOT NULL
        ) --;;
        CREATE INDEX ix_access_watch_due_at ON rhannu.access_watch (due_at) --;;
        ALTER TABLE rhannu.access_watch ENABLE ROW LEVEL SECURITY --;;
        ALTER TABLE rhannu.access_watch FORCE ROW LEVEL SECURITY --;;
    """)
    secure(
        "rhannu.access_alerts", app="SELECT", update="version, reviewed_at, chase_at, content, recorded_at, recorded_by"
    )
    secure("rhannu.access_alert_versions")
    secure("rhannu.access_alert_chases", app="SELECT")
    secure("rhannu.access_budgets")
    for table in ("access_alerts", "access_alert_versions", "access_alert_chases", "access_budgets"):
        by_role(f"rhannu.{table}", "alerts")
    open_to("rhannu.access_alerts", "rhannu_matcher", grant="SELECT, INSERT")
    open_to("rhannu.access_alert_versions", "rhannu_matcher", grant="INSERT")
    open_to("rhannu.access_alerts", "rhannu_worker", grant="SELECT, UPDATE (chase_at)")
    open_to("rhannu.access_alert_chases", "rhannu_worker", grant="SELECT, INSERT")
    open_to("rhannu.access_budgets", "rhannu_worker")
    open_to("rhannu.access_watch", "rhannu_worker", grant="SELECT, INSERT, DELETE, UPDATE (from_at)")
    open_to("rhannu.users", "rhannu_worker", grant="SELECT (id, owner_agency, human_id, is_team)")
    open_to("rhannu.person_records", "rhannu_worker", grant="SELECT (id, person_id)")


def _alert_functions() -> None:
    run("""
        -- Who is of a human's own circle: whom they declare, and who lives where a record of one of some kinds
        -- does, as far as the same agency knows. A sealed address is nobody's sign.
        CREATE FUNCTION rhannu.own_circle(asker uuid, home_kinds text[], at timestamptz) RETURNS SETOF uuid
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            WITH mine AS MATERIALIZED (
                SELECT d.kind, r.id, r.person_id FROM rhannu.conflict_declarations d
                JOIN rhannu.person_records r ON r.id = d.record_id
                WHERE d.human_id = asker AND d.ended_at IS NULL AND (d.until_at IS NULL OR d.until_at > at)
            ), today AS (SELECT (at AT TIME ZONE 'Europe/London')::date AS day)
            SELECT m.person_id FROM mine m
            UNION
            SELECT r.person_id FROM mine m CROSS JOIN today t
                JOIN rhannu.person_places p ON p.record_id = m.id AND NOT p.sealed
                    AND coalesce(p.valid_from <= t.day, true) AND coalesce(p.valid_to >= t.day, true)
                JOIN rhannu.person_places q ON q.uprn = p.uprn AND q.owner_agency = p.owner_agency AND NOT q.sealed
                    AND coalesce(q.valid_from <= t.day, true) AND coalesce(q.valid_to >= t.day, true)
                JOIN rhannu.person_records r ON r.id = q.record_id
                WHERE m.kind = ANY (home_kinds)
        $$ --;;

        -- Puts an alert before an agency's officers, with an event that says so; false where it was there already.
        CREATE FUNCTION rhannu.raise_access_alert(alert uuid, agency text, alert_kind text, about_user uuid,
            starts timestamptz, ends timestamptz, chase timestamptz, document jsonb, event uuid, at timestamptz)
            RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            nobody uuid := '00000000-0000-0000-0000-000000000000';
        BEGIN
            INSERT INTO rhannu.access_alerts (id, owner_agency, version, kind, user_id, human_id, window_start,
                    window_end, raised_at, chase_at, content, recorded_at, recorded_by)
                VALUES (alert, agency, 1, alert_kind, about_user, (document ->> 'human')::uuid, starts, ends, at, chase,
                    document, at, nobody)
                ON CONFLICT (owner_agency, kind, user_id, window_start) DO NOTHING;
            IF NOT FOUND THEN RETURN false; END IF;
            INSERT INTO rhannu.access_alert_versions (alert_id, version, owner_agency, content, recorded_at, recorded_by)
                VALUES (alert, 1, agency, document, at, nobody);
            PERFORM audit.write(ARRAY[ROW(
                ARRAY['rhannu', nobody::text, '', 'rhannu-worker', 'audit-quality', '', ''], event,
                ARRAY['access-alert.recorded', 'collection', 'ok', '', ''], '{}', ARRAY[agency], NULL,
                ARRAY['access-alert:' || alert || ':1'], '{}', ARRAY['access-alert.content'], NULL, NULL)::audit.entry]);
            RETURN true;
        END $$ --;;
    """)
    definer(_CIRCLE, "rhannu_matcher", "rhannu_worker")
    definer(_RAISE, "rhannu_matcher", "rhannu_worker")


def downgrade() -> None:
    for function, pairs in _LINES.items():
        for before, after in pairs:
            say_anew(function, after, before)
    run("DROP TRIGGER follow_human ON rhannu.users")
    run(f"DROP FUNCTION {_FOLLOW}")
    for signature in _FUNCTIONS:
        run(f"DROP FUNCTION {signature}")
    run("""
        DROP TABLE rhannu.access_watch --;;
        DROP TABLE rhannu.access_budgets --;;
        DROP TABLE rhannu.access_alert_chases --;;
        DROP TABLE rhannu.access_alert_versions --;;
        DROP TABLE rhannu.access_alerts --;;
        DROP TABLE rhannu.conflict_declaration_versions --;;
        DROP TABLE rhannu.conflict_declarations --;;
        DROP POLICY worker_all ON rhannu.users --;;
        DROP POLICY worker_all ON rhannu.person_records --;;
        REVOKE SELECT (id, owner_agency, human_id, is_team) ON rhannu.users FROM rhannu_worker --;;
        REVOKE SELECT (id, person_id) ON rhannu.person_records FROM rhannu_worker --;;
        DELETE FROM access.reach WHERE kind IN ('conflicts', 'alerts') --;;
    """)
