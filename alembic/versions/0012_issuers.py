"""Directories of agencies: whose tokens are exchanged for ours, and who their users are here (RFC 8693).

The Board registers a directory for an agency, which no row policy of the application allows; so it goes
through functions of the gate that ask whether the verified context is the Board's administrator. The
token endpoint, where nobody is authenticated yet, gets what it needs through two functions and no more.
"""

from services.db.migration import definer, open_to, run, secure

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STORE = "access.store_issuer(jsonb, text)"


def upgrade() -> None:
    run("""
        CREATE TABLE rhannu.issuers (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            version int NOT NULL,
            issuer text NOT NULL CHECK (length(issuer) <= 500),
            subject_claim text NOT NULL,
            audience text NOT NULL,
            algorithms text[] NOT NULL CHECK (algorithms <@ ARRAY['ES256', 'RS256']),
            required_claims jsonb NOT NULL,
            key_set jsonb,
            key_set_url text,
            suspended_at timestamptz,
            created_at timestamptz NOT NULL,
            created_by uuid NOT NULL REFERENCES rhannu.users,
            CHECK ((key_set IS NULL) <> (key_set_url IS NULL))
        ) --;;
        CREATE INDEX ix_issuers_owner_agency ON rhannu.issuers (owner_agency) --;;
        CREATE INDEX ix_issuers_created_by ON rhannu.issuers (created_by) --;;
        -- An agency knows a directory once; a suspended registration may be followed by another one.
        CREATE UNIQUE INDEX uq_issuers_live ON rhannu.issuers (owner_agency, issuer) WHERE suspended_at IS NULL --;;
        CREATE TABLE rhannu.issuer_versions (
            issuer_id uuid NOT NULL REFERENCES rhannu.issuers,
            version int NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL REFERENCES rhannu.users,
            reason text NOT NULL,
            PRIMARY KEY (issuer_id, version)
        ) --;;
        CREATE INDEX ix_issuer_versions_owner_agency ON rhannu.issuer_versions (owner_agency) --;;
        CREATE INDEX ix_issuer_versions_recorded_by ON rhannu.issuer_versions (recorded_by) --;;
        CREATE TABLE rhannu.user_logins (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            issuer_id uuid NOT NULL REFERENCES rhannu.issuers,
            user_id uuid NOT NULL REFERENCES rhannu.users,
            subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
            version int NOT NULL,
            valid_from timestamptz NOT NULL,
            valid_to timestamptz,
            created_at timestamptz NOT NULL,
            created_by uuid NOT NULL REFERENCES rhannu.users,
            created_by_human uuid NOT NULL,
            confirmed_by uuid REFERENCES rhannu.users,
            confirmed_at timestamptz,
            ended_by uuid REFERENCES rhannu.users,
            end_reason text,
            CHECK (valid_to IS NULL OR valid_to >= valid_from)
        ) --;;
        CREATE INDEX ix_user_logins_owner_agency ON rhannu.user_logins (owner_agency) --;;
        CREATE INDEX ix_user_logins_issuer_id ON rhannu.user_logins (issuer_id, subject) --;;
        CREATE INDEX ix_user_logins_user_id ON rhannu.user_logins (user_id) --;;
        CREATE INDEX ix_user_logins_created_by ON rhannu.user_logins (created_by) --;;
        CREATE INDEX ix_user_logins_confirmed_by ON rhannu.user_logins (confirmed_by) --;;
        CREATE INDEX ix_user_logins_ended_by ON rhannu.user_logins (ended_by) --;;
        -- One name of a directory is one user at a time, whoever registers in the same moment.
        CREATE UNIQUE INDEX uq_user_logins_live ON rhannu.user_logins (issuer_id, subject) WHERE valid_to IS NULL --;;
    """)
    secure("rhannu.issuers")
    secure("rhannu.issuer_versions")
    secure(
        "rhannu.user_logins",
        app="SELECT, INSERT",
        update="version, confirmed_by, confirmed_at, valid_to, ended_by, end_reason",
    )
    run("REVOKE INSERT ON rhannu.issuers, rhannu.issuer_versions FROM rhannu_app")
    open_to("rhannu.issuers", "rhannu_gate", grant="SELECT, INSERT, UPDATE")
    open_to("rhannu.issuer_versions", "rhannu_gate", grant="SELECT, INSERT")
    open_to("rhannu.user_logins", "rhannu_gate")
    run("""
        -- Whether this transaction's verified context is an administrator of the Board.
        CREATE FUNCTION access.administers_board() RETURNS boolean
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT coalesce('board-administrator' = ANY (string_to_array((access.context())[6], ','))
                AND EXISTS (SELECT FROM rhannu.agencies a WHERE a.code = (access.context())[1] AND a.type = 'board'),
                false)
        $$ --;;

        -- Every agency's registered directories, for the Board's administrator; nothing for anybody else.
        CREATE FUNCTION access.board_issuers() RETURNS SETOF rhannu.issuers
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT i.* FROM rhannu.issuers i WHERE (SELECT access.administers_board())
        $$ --;;

        -- Store a first version, or the next one in the place of the one before; false where somebody was faster, or
        -- where it is not the Board's administrator who asks.
        CREATE FUNCTION access.store_issuer(given jsonb, why text) RETURNS boolean
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            fresh rhannu.issuers := jsonb_populate_record(NULL::rhannu.issuers, given);
            author uuid := (access.context())[2]::uuid;
        BEGIN
            IF NOT access.administers_board() THEN RETURN false; END IF;
            IF fresh.version = 1 THEN
                fresh.created_by := author;
                INSERT INTO rhannu.issuers SELECT (fresh).*;
            ELSE
                UPDATE rhannu.issuers i SET version = fresh.version, audience = fresh.audience,
                    algorithms = fresh.algorithms, required_claims = fresh.required_claims, key_set = fresh.key_set,
                    key_set_url = fresh.key_set_url, suspended_at = fresh.suspended_at
                WHERE i.id = fresh.id AND i.version = fresh.version - 1;
                IF NOT FOUND THEN RETURN false; END IF;
            END IF;
            INSERT INTO rhannu.issuer_versions
                SELECT i.id, i.version, i.owner_agency, to_jsonb(i), clock_timestamp(), author, why
                FROM rhannu.issuers i WHERE i.id = fresh.id;
            RETURN true;
        END $$ --;;

        -- What the token endpoint needs to know of an agency's directory before anybody has been authenticated.
        CREATE FUNCTION access.issuer_terms(agency text, named text)
            RETURNS TABLE (id uuid, subject_claim text, audience text, algorithms text[], required_claims jsonb,
                key_set jsonb, key_set_url text)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT i.id, i.subject_claim, i.audience, i.algorithms, i.required_claims, i.key_set, i.key_set_url
            FROM rhannu.issuers i
            JOIN rhannu.agencies a ON a.code = i.owner_agency AND a.suspended_at IS NULL
            WHERE i.owner_agency = agency AND i.issuer = named AND i.suspended_at IS NULL
        $$ --;;

        -- Who a name of a directory is today, where a client may act for them; no row for every other reason alike.
        -- A user who holds one of the guarded roles anywhere is reached by a confirmed login only.
        CREATE FUNCTION access.login_of(client text, home text, directory uuid, named text, guarded text[])
            RETURNS TABLE (user_id uuid, is_team boolean)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT u.id, u.is_team FROM rhannu.user_logins l
            JOIN rhannu.issuers i ON i.id = l.issuer_id AND i.owner_agency = home AND i.suspended_at IS NULL
            JOIN rhannu.users u ON u.id = l.user_id AND u.owner_agency = home
            WHERE l.issuer_id = directory AND l.subject = named AND l.owner_agency = home
                AND l.valid_from <= now() AND (l.valid_to IS NULL OR l.valid_to > now())
                AND (l.confirmed_by IS NOT NULL OR NOT EXISTS (
                    SELECT FROM rhannu.user_roles r WHERE r.user_id = u.id AND r.role = ANY (guarded)
                    AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())))
                AND access.may_act(client, home, u.id, u.is_team)
        $$ --;;
    """)
    definer("access.administers_board()", "rhannu_gate")
    definer("access.board_issuers()", "rhannu_gate", "rhannu_app")
    definer(_STORE, "rhannu_gate", "rhannu_app")
    definer("access.issuer_terms(text, text)", "rhannu_gate", "rhannu_app")
    definer("access.login_of(text, text, uuid, text, text[])", "rhannu_gate", "rhannu_app")


def downgrade() -> None:
    run(f"""
        DROP FUNCTION access.login_of(text, text, uuid, text, text[]) --;;
        DROP FUNCTION access.issuer_terms(text, text) --;;
        DROP FUNCTION {_STORE} --;;
        DROP FUNCTION access.board_issuers() --;;
        DROP FUNCTION access.administers_board() --;;
        DROP TABLE rhannu.user_logins --;;
        DROP TABLE rhannu.issuer_versions --;;
        DROP TABLE rhannu.issuers --;;
    """)
