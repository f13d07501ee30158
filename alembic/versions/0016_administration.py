"""Administration of the register: what waits for a second person, what agencies agreed, and how it all came about.

The application writes the rows of the agency it acts for. What concerns two agencies, or a human across
agencies, goes through functions of `rhannu_registrar`, each of which asks the verified context first.
A role or an agreement that waits for a second person is no row where the gate looks, so it gives no right.
Since the application now writes accounts, roles and systems, their tables ask for an administrator's role (`by_role`).
"""

from pathlib import Path

from services.db.migration import by_agency, by_role, definer, of_revision, open_to, run, secure

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SQL = Path(__file__).parents[1] / "sql"
_DECIDE = "rhannu.decide_request(uuid, int, text, text, timestamptz)"
_PUT_AGENCY = "rhannu.put_agency(text, text, text, text, text, timestamptz, int)"
_PROVIDE = "rhannu.provide_client(text, text, text, jsonb, text, text[])"
_SET_AGREEMENT = "rhannu.set_agreement(uuid, int, text, timestamptz)"

_APP_FUNCTIONS = (
    "rhannu.new_human()",
    "rhannu.user_anywhere(uuid)",
    "rhannu.administrators(text)",
    "rhannu.duties(uuid, text[])",
    "rhannu.role_assignments()",
    "rhannu.end_role(uuid, int, timestamptz)",
    "rhannu.requests_seen()",
    _DECIDE,
    "rhannu.link_users(uuid, uuid)",
    "rhannu.agreements_seen()",
    _SET_AGREEMENT,
    _PUT_AGENCY,
    "rhannu.appoint(uuid, text, text)",
    _PROVIDE,
    "rhannu.set_human(uuid, timestamptz)",
)
_KINDS = {
    "register": ("users", "user_roles", "clients", "register_requests", "agreements", "register_changes"),
    "links": ("record_separations", "record_link_reviews"),
}
_INNER_FUNCTIONS = ("rhannu.merge_humans(uuid, uuid)", "rhannu.project_acting(text)", "rhannu.require_board()")


def upgrade() -> None:
    run("""
        GRANT USAGE ON SCHEMA rhannu, access TO rhannu_registrar --;;
        ALTER TABLE rhannu.agencies ADD COLUMN version integer NOT NULL DEFAULT 1 --;;
        -- Accounts found to be one human's share one row; the rows they had before lead to it, because what was
        -- signed under them is still that human's (law 5).
        ALTER TABLE rhannu.humans ADD COLUMN merged_into uuid REFERENCES rhannu.humans --;;
        CREATE INDEX ix_humans_merged_into ON rhannu.humans (merged_into) --;;
        ALTER TABLE rhannu.users ADD COLUMN version integer NOT NULL DEFAULT 1 --;;
        ALTER TABLE rhannu.user_roles ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
            ADD COLUMN version integer NOT NULL DEFAULT 1, ADD COLUMN assigned_at timestamptz NOT NULL DEFAULT now() --;;
        CREATE UNIQUE INDEX uq_user_roles_id ON rhannu.user_roles (id) --;;
        -- The keys before the present ones hold until a day, so that a rotation needs no outage.
        ALTER TABLE rhannu.clients ADD COLUMN version integer NOT NULL DEFAULT 1, ADD COLUMN former_key_set jsonb,
            ADD COLUMN former_key_set_url text, ADD COLUMN former_until timestamptz,
            ADD CONSTRAINT clients_former_check CHECK (num_nonnulls(former_key_set, former_key_set_url) <= 1) --;;

        -- What one administrator asked for and another decides; its id is that of the role or agreement it becomes.
        CREATE TABLE rhannu.register_requests (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            confirming_agency text NOT NULL REFERENCES rhannu.agencies,
            kind text NOT NULL,
            state text NOT NULL DEFAULT 'pending',
            version integer NOT NULL DEFAULT 1,
            reason text NOT NULL,
            asked_by uuid NOT NULL,
            asked_human uuid NOT NULL,
            asked_at timestamptz NOT NULL,
            decided_by uuid,
            decided_human uuid,
            decided_at timestamptz,
            decision_reason text,
            user_id uuid REFERENCES rhannu.users,
            other_user_id uuid REFERENCES rhannu.users,
            for_agency text REFERENCES rhannu.agencies,
            role text,
            client_id text REFERENCES rhannu.clients,
            valid_from timestamptz,
            valid_to timestamptz,
            CHECK (state <> 'confirmed' OR decided_human <> asked_human)
        ) --;;
        CREATE INDEX ix_register_requests_owner_agency ON rhannu.register_requests (owner_agency, asked_at, id) --;;
        CREATE INDEX ix_register_requests_confirming ON rhannu.register_requests (confirming_agency, asked_at, id) --;;
        CREATE INDEX ix_register_requests_user ON rhannu.register_requests (user_id) --;;
        CREATE INDEX ix_register_requests_other_user ON rhannu.register_requests (other_user_id) --;;
        CREATE INDEX ix_register_requests_for_agency ON rhannu.register_requests (for_agency) --;;
        CREATE INDEX ix_register_requests_client ON rhannu.register_requests (client_id) --;;

        -- What two agencies agreed: the owner opens its records to the party, to a system of it (acting-for) or to
        -- its decision-makers (decides-for). Either may suspend or end it.
        CREATE TABLE rhannu.agreements (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            party_agency text NOT NULL REFERENCES rhannu.agencies,
            kind text NOT NULL,
            client_id text REFERENCES rhannu.clients,
            version integer NOT NULL DEFAULT 1,
            valid_from timestamptz NOT NULL,
            valid_to timestamptz,
            suspended_at timestamptz,
            suspended_by text REFERENCES rhannu.agencies,
            ended_at timestamptz
        ) --;;
        CREATE INDEX ix_agreements_owner_agency ON rhannu.agreements (owner_agency, party_agency) --;;
        CREATE INDEX ix_agreements_party_agency ON rhannu.agreements (party_agency) --;;
        CREATE INDEX ix_agreements_client ON rhannu.agreements (client_id) --;;
        CREATE INDEX ix_agreements_suspended_by ON rhannu.agreements (suspended_by) --;;

        -- Every act of an agency's administrators, with its reason: nothing is silently changed (law 6).
        CREATE TABLE rhannu.register_changes (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            thing text NOT NULL,
            reference text NOT NULL,
            version integer NOT NULL,
            change text NOT NULL,
            content jsonb NOT NULL,
            reason text,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL
        ) --;;
        CREATE INDEX ix_register_changes_owner_agency ON rhannu.register_changes (owner_agency, recorded_at, id) --;;
        CREATE INDEX ix_register_changes_reference ON rhannu.register_changes (owner_agency, reference) --;;
        GRANT INSERT ON rhannu.users, rhannu.user_roles, rhannu.clients TO rhannu_app --;;
        GRANT UPDATE (display_name, left_at, version) ON rhannu.users TO rhannu_app --;;
        GRANT UPDATE (name, key_set, key_set_url, former_key_set, former_key_set_url, former_until, scopes, version)
            ON rhannu.clients TO rhannu_app --;;
        GRANT SELECT, INSERT, UPDATE (name_en, name_cy, type, duty_phone, suspended_at, version)
            ON rhannu.agencies TO rhannu_registrar --;;
    """)
    secure("rhannu.register_requests")
    secure("rhannu.agreements", app="SELECT")
    secure("rhannu.register_changes")
    open_to("rhannu.agreements", "rhannu_gate")
    open_to("rhannu.humans", "rhannu_registrar", grant="SELECT, INSERT, UPDATE (suspended_at, merged_into)")
    open_to("rhannu.users", "rhannu_registrar", grant="SELECT, INSERT, UPDATE (human_id)")
    open_to("rhannu.user_roles", "rhannu_registrar", grant="SELECT, INSERT, UPDATE (valid_to, version)")
    open_to("rhannu.clients", "rhannu_registrar", grant="SELECT, INSERT, UPDATE (acting_for)")
    open_to(
        "rhannu.register_requests", "rhannu_registrar",
        grant="SELECT, UPDATE (state, version, decided_by, decided_human, decided_at, decision_reason)",
    )  # fmt: skip
    open_to(
        "rhannu.agreements", "rhannu_registrar",
        grant="SELECT, INSERT, UPDATE (version, suspended_at, suspended_by, ended_at)",
    )  # fmt: skip
    run("""
        -- What was agreed before there were agreements.
        INSERT INTO rhannu.agreements (id, owner_agency, party_agency, kind, client_id, valid_from)
            SELECT gen_random_uuid(), acting, c.owner_agency, 'acting-for', c.id, c.created_at
            FROM rhannu.clients c, unnest(c.acting_for) acting --;;
    """)
    for part in ("gate", "registrar", "links"):
        _run_file(part)
    run("GRANT EXECUTE ON FUNCTION access.administers_board() TO rhannu_app, rhannu_registrar")
    definer("access.former_humans(uuid)", "rhannu_gate", "rhannu_app", "rhannu_auditor")
    definer("access.client_keys(text)", "rhannu_gate", "rhannu_app")
    run("GRANT EXECUTE ON FUNCTION access.context(), access.agency_for(text, text) TO rhannu_registrar")
    for name in _INNER_FUNCTIONS:
        definer(name, "rhannu_registrar")
    for name in _APP_FUNCTIONS:
        definer(name, "rhannu_registrar", "rhannu_app")
    secure("rhannu.record_separations", app="SELECT")
    secure("rhannu.record_link_reviews")
    open_to("rhannu.record_separations", "rhannu_matcher", grant="SELECT, INSERT, DELETE")
    definer("rhannu.move_record(uuid, boolean)", "rhannu_matcher", "rhannu_app")
    _floor()


def _floor() -> None:
    run("""
        INSERT INTO access.reach SELECT kind, role, true FROM (VALUES
            ('register', '{agency-administrator,board-administrator}'::text[]),
            ('links', '{mash-duty,spoc,safeguarding-lead}')
        ) given(kind, roles), unnest(roles) role
    """)
    for kind, tables in _KINDS.items():
        for table in tables:
            by_role(f"rhannu.{table}", kind)
    by_agency("rhannu.record_links")
    by_role("rhannu.record_links", "links")


def _run_file(part: str) -> None:
    run((_SQL / f"{revision}_{part}.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    for table in ("record_links", "users", "user_roles", "clients"):
        by_agency(f"rhannu.{table}")
    by_role("rhannu.record_links", "persons")
    run("""
        DELETE FROM access.reach WHERE kind IN ('register', 'links') --;;
        DROP FUNCTION rhannu.move_record(uuid, boolean) --;;
        REVOKE UPDATE (version, state, reason, reviewed_at, reviewed_by) ON rhannu.record_links FROM rhannu_app --;;
        DROP TABLE rhannu.record_link_reviews --;;
    """)
    for name in (*_APP_FUNCTIONS, *_INNER_FUNCTIONS, "access.former_humans(uuid)"):
        run(f"DROP FUNCTION {name}")
    run(of_revision("0008_gathered_checks", "ROLES_HELD").replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
    run("DROP FUNCTION access.client_keys(text)")
    run(of_revision("0002_register", "CLIENT_KEYS"))
    run(of_revision("0004_persons", "PLACE_RECORD").replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    definer("access.client_keys(text)", "rhannu_gate", "rhannu_app")
    for table in ("humans", "users", "user_roles", "clients"):
        run(f"DROP POLICY registrar_all ON rhannu.{table}")
    run("""
        DROP TABLE rhannu.record_separations --;;
        ALTER TABLE rhannu.record_links DROP COLUMN version, DROP COLUMN state, DROP COLUMN reason, DROP COLUMN reviewed_by --;;
        DROP TABLE rhannu.register_changes --;;
        DROP TABLE rhannu.agreements --;;
        DROP TABLE rhannu.register_requests --;;
        ALTER TABLE rhannu.clients DROP COLUMN version, DROP COLUMN former_key_set, DROP COLUMN former_key_set_url,
            DROP COLUMN former_until --;;
        ALTER TABLE rhannu.user_roles DROP COLUMN id, DROP COLUMN version, DROP COLUMN assigned_at --;;
        ALTER TABLE rhannu.users DROP COLUMN version --;;
        ALTER TABLE rhannu.humans DROP COLUMN merged_into --;;
        ALTER TABLE rhannu.agencies DROP COLUMN version --;;
        REVOKE ALL ON rhannu.agencies, rhannu.humans, rhannu.users, rhannu.user_roles, rhannu.clients FROM rhannu_registrar --;;
        REVOKE INSERT ON rhannu.users, rhannu.user_roles, rhannu.clients FROM rhannu_app --;;
        REVOKE UPDATE (display_name, left_at) ON rhannu.users FROM rhannu_app --;;
        REVOKE UPDATE (name, key_set, key_set_url, scopes) ON rhannu.clients FROM rhannu_app --;;
        REVOKE EXECUTE ON FUNCTION access.context(), access.agency_for(text, text) FROM rhannu_registrar --;;
        REVOKE EXECUTE ON FUNCTION access.administers_board() FROM rhannu_app, rhannu_registrar --;;
        REVOKE USAGE ON SCHEMA rhannu, access FROM rhannu_registrar --;;
    """)
