"""The register: agencies, people who act for them, their systems, and what each may do from when to when.

Rhannu, not an identity provider, holds who may act for whom; every unit of work reads it in its first
statement, so a suspension acts on the next request.
"""

from services.db.migration import definer, open_to, run, secure

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("users", "user_roles", "clients")

STANDING = """
        -- Who this is today, or no row: suspended, left, not bound to that agency, or no role for it.
        CREATE FUNCTION access.standing(claim text[])
            RETURNS TABLE (human uuid, is_team boolean, roles text[], scopes text[])
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT u.human_id, u.is_team, array_agg(DISTINCT r.role ORDER BY r.role), c.scopes
            FROM rhannu.clients c
            JOIN rhannu.agencies home ON home.code = c.owner_agency AND home.suspended_at IS NULL
            JOIN rhannu.agencies acting ON acting.code = claim[3] AND acting.suspended_at IS NULL
            JOIN rhannu.users u ON u.id = claim[4]::uuid AND u.suspended_at IS NULL
                AND (u.left_at IS NULL OR u.left_at > now())
            JOIN rhannu.humans h ON h.id = u.human_id AND h.suspended_at IS NULL
            JOIN rhannu.user_roles r ON r.user_id = u.id AND r.owner_agency = acting.code
                AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())
            WHERE c.id = claim[1] AND c.owner_agency = claim[2] AND c.suspended_at IS NULL
                AND (claim[3] = c.owner_agency OR claim[3] = ANY (c.acting_for))
            GROUP BY u.human_id, u.is_team, c.scopes
        $$ --;;
"""
ACTOR = """
        -- Signature, standing and permission in one look, for the measured flag check: agency, user, human, client,
        -- purpose, roles, token id, and whether a role and the client's scope allow it. NULL when nobody signed.
        CREATE FUNCTION access.actor(payload text, signature bytea, allowed text[], scope text) RETURNS text[]
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' SET plan_cache_mode = force_generic_plan AS $$
        DECLARE
            part text[] := string_to_array(payload, '|');
            genuine boolean;
            human uuid;
            roles text[];
            permitted boolean;
        BEGIN
            SELECT signature = sha256(k.outer_pad || sha256(k.inner_pad || convert_to(payload, 'UTF8'))) INTO genuine
                FROM access.context_key k;
            IF genuine IS NOT TRUE OR part[1] <> '1' OR cardinality(part) <> 9 OR part[2]::int <> pg_backend_pid()
               OR abs(extract(epoch FROM clock_timestamp()) * 1000000 - part[3]::numeric) > 30000000 THEN
                RETURN NULL;
            END IF;
            SELECT u.human_id, array_agg(r.role), scope = ANY (c.scopes) INTO human, roles, permitted
            FROM rhannu.clients c
            JOIN rhannu.agencies home ON home.code = c.owner_agency AND home.suspended_at IS NULL
            JOIN rhannu.agencies acting ON acting.code = part[6] AND acting.suspended_at IS NULL
            JOIN rhannu.users u ON u.id = part[7]::uuid AND u.suspended_at IS NULL
                AND (u.left_at IS NULL OR u.left_at > now())
            JOIN rhannu.humans h ON h.id = u.human_id AND h.suspended_at IS NULL
            JOIN rhannu.user_roles r ON r.user_id = u.id AND r.owner_agency = acting.code
                AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())
            WHERE c.id = part[4] AND c.owner_agency = part[5] AND c.suspended_at IS NULL
                AND (part[6] = c.owner_agency OR part[6] = ANY (c.acting_for))
            GROUP BY u.human_id, c.scopes;
            RETURN ARRAY[part[6], part[7], human::text, part[4], part[8], array_to_string(roles, ','), part[9],
                CASE WHEN permitted AND roles && allowed THEN 'granted' ELSE 'denied' END];
        END $$ --;;
"""
CLIENT_KEYS = """
        -- What the token endpoint needs to know of a client before anybody has been authenticated.
        CREATE FUNCTION access.client_keys(client text)
            RETURNS TABLE (agency text, key_set jsonb, key_set_url text, scopes text[])
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT c.owner_agency, c.key_set, c.key_set_url, c.scopes FROM rhannu.clients c
            JOIN rhannu.agencies a ON a.code = c.owner_agency AND a.suspended_at IS NULL
            WHERE c.id = client AND c.suspended_at IS NULL
        $$ --;;
"""


def upgrade() -> None:
    run("""
        CREATE TABLE rhannu.agencies (
            code text PRIMARY KEY CHECK (code ~ '^[a-z0-9-]{2,40}$'),
            name_en text NOT NULL,
            name_cy text NOT NULL,
            type text NOT NULL,
            duty_phone text NOT NULL,
            registers_fed_at timestamptz,
            suspended_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now()
        ) --;;
        CREATE TABLE rhannu.humans (
            id uuid PRIMARY KEY,
            suspended_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now()
        ) --;;
        CREATE TABLE rhannu.users (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            human_id uuid NOT NULL REFERENCES rhannu.humans,
            is_team boolean NOT NULL DEFAULT false,
            display_name text NOT NULL,
            suspended_at timestamptz,
            left_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now()
        ) --;;
        CREATE INDEX ix_users_human ON rhannu.users (human_id) --;;
        CREATE INDEX ix_users_owner_agency ON rhannu.users (owner_agency) --;;
        -- A user may act for several agencies: owner_agency here is the agency acted for.
        CREATE TABLE rhannu.user_roles (
            user_id uuid NOT NULL REFERENCES rhannu.users,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            role text NOT NULL,
            valid_from timestamptz NOT NULL,
            valid_to timestamptz,
            PRIMARY KEY (user_id, owner_agency, role, valid_from)
        ) --;;
        CREATE INDEX ix_user_roles_owner_agency ON rhannu.user_roles (owner_agency) --;;
        CREATE TABLE rhannu.clients (
            id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._-]{3,64}$'),
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            name text NOT NULL,
            key_set jsonb,
            key_set_url text,
            scopes text[] NOT NULL,
            acting_for text[] NOT NULL DEFAULT '{}',
            suspended_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            CHECK ((key_set IS NULL) <> (key_set_url IS NULL))
        ) --;;
        CREATE INDEX ix_clients_owner_agency ON rhannu.clients (owner_agency) --;;
        -- Assertions used once (RFC 7523); rows die with the assertion, so nothing is kept for long.
        CREATE TABLE access.used_assertions (
            client_id text NOT NULL,
            jti text NOT NULL,
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (client_id, jti)
        ) --;;
        CREATE INDEX ix_used_assertions_expires_at ON access.used_assertions (expires_at) --;;
        GRANT SELECT ON rhannu.agencies TO rhannu_app, rhannu_worker, rhannu_auditor, rhannu_gate, rhannu_matcher --;;
        ALTER TABLE rhannu.humans ENABLE ROW LEVEL SECURITY --;;
        ALTER TABLE rhannu.humans FORCE ROW LEVEL SECURITY --;;
        GRANT INSERT, SELECT, DELETE ON access.used_assertions TO rhannu_gate --;;
    """)
    secure("rhannu.users", app="SELECT", update="suspended_at")
    secure("rhannu.user_roles", app="SELECT")
    secure("rhannu.clients", app="SELECT", update="suspended_at")
    for table in ("humans", *TABLES):
        open_to(f"rhannu.{table}", "rhannu_gate")
    run(STANDING)
    run(ACTOR)
    run("""
        -- The first statement of every unit of work. Without a row there is no context, and so there are no rows.
        CREATE FUNCTION access.open(payload text, signature bytea)
            RETURNS TABLE (human uuid, is_team boolean, roles text[], scopes text[])
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            claim text[] := access.claims(payload, signature);
            held text;
        BEGIN
            IF claim IS NULL THEN RETURN; END IF;
            SELECT s.human, s.is_team, s.roles, s.scopes INTO human, is_team, roles, scopes
                FROM access.standing(claim) s;
            IF human IS NULL THEN RETURN; END IF;
            held := concat_ws('|', pg_backend_pid(), transaction_timestamp(), claim[3], claim[4], human, claim[1],
                claim[5], array_to_string(roles, ','), claim[6]);
            PERFORM set_config('rhannu.context', held, true),
                set_config('rhannu.context_signature', encode(access.sign(held), 'hex'), true);
            RETURN NEXT;
        END $$ --;;
    """)
    run(CLIENT_KEYS)
    run("""
        -- Uses up an assertion; false when it was used before. Expired rows go with it.
        CREATE FUNCTION access.use_assertion(client text, assertion text, expires timestamptz) RETURNS boolean
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            DELETE FROM access.used_assertions a WHERE a.expires_at < now() - interval '2 minutes';
            INSERT INTO access.used_assertions VALUES (client, assertion, expires) ON CONFLICT DO NOTHING;
            RETURN FOUND;
        END $$ --;;
    """)
    run("""
        -- Whether a client may get a token for somebody: both in good standing, some role held for an agency the
        -- client serves, and a person where it named a person, a team where it named a team.
        CREATE FUNCTION access.may_act(client text, home text, subject uuid, team boolean) RETURNS boolean
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT EXISTS (
                SELECT FROM rhannu.clients c, unnest(ARRAY[home] || c.acting_for) acting,
                    access.standing(ARRAY[client, home, acting, subject::text]) s
                WHERE c.id = client AND s.is_team = team)
        $$ --;;
    """)
    definer("access.may_act(text, text, uuid, boolean)", "rhannu_gate", "rhannu_app")
    definer("access.standing(text[])", "rhannu_gate", "rhannu_matcher")
    definer("access.actor(text, bytea, text[], text)", "rhannu_gate", "rhannu_matcher")
    definer("access.open(text, bytea)", "rhannu_gate", "rhannu_app", "rhannu_auditor")
    definer("access.client_keys(text)", "rhannu_gate", "rhannu_app")
    definer("access.use_assertion(text, text, timestamptz)", "rhannu_gate", "rhannu_app")


def downgrade() -> None:
    run("""
        DROP FUNCTION access.may_act(text, text, uuid, boolean) --;;
        DROP FUNCTION access.use_assertion(text, text, timestamptz) --;;
        DROP FUNCTION access.client_keys(text) --;;
        DROP FUNCTION access.open(text, bytea) --;;
        DROP FUNCTION access.actor(text, bytea, text[], text) --;;
        DROP FUNCTION access.standing(text[]) --;;
        DROP TABLE access.used_assertions --;;
        DROP TABLE rhannu.clients --;;
        DROP TABLE rhannu.user_roles --;;
        DROP TABLE rhannu.users --;;
        DROP TABLE rhannu.humans --;;
        DROP TABLE rhannu.agencies --;;
    """)
