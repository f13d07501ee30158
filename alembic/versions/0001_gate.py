"""Schemas, and the gate: who is asking, verified inside the database (laws 2 and 3).

A setting alone is no identity, since whoever can run SQL can set it. What the application says is
therefore signed with a key that lives in its memory and, readable by `rhannu_gate` alone, here; what
the gate then puts into the transaction is signed again, for this backend and this transaction only.
"""

from services.db.migration import definer, run

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("""
        CREATE SCHEMA rhannu --;;
        CREATE SCHEMA access --;;
        CREATE SCHEMA audit --;;
        GRANT USAGE ON SCHEMA rhannu TO rhannu_app, rhannu_worker, rhannu_auditor, rhannu_gate, rhannu_matcher --;;
        GRANT USAGE ON SCHEMA access TO rhannu_app, rhannu_worker, rhannu_auditor, rhannu_gate, rhannu_matcher,
            rhannu_recorder --;;
        GRANT USAGE ON SCHEMA audit TO rhannu_app, rhannu_worker, rhannu_auditor, rhannu_matcher, rhannu_recorder --;;
        ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC --;;

        -- The two padded halves of the HMAC key (RFC 2104), so that a signature costs two plain digests.
        CREATE TABLE access.context_key (
            only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
            inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
            outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64)
        ) --;;
        GRANT SELECT ON access.context_key TO rhannu_gate --;;

        CREATE FUNCTION access.sign(message text) RETURNS bytea
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT sha256(k.outer_pad || sha256(k.inner_pad || convert_to(message, 'UTF8'))) FROM access.context_key k
        $$ --;;

        -- What the application signed: version|backend|epoch in microseconds|client|client's agency|agency acted
        -- for|user|purpose|token id. NULL when the signature, the backend or the time does not fit.
        CREATE FUNCTION access.claims(payload text, signature bytea) RETURNS text[]
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            part text[] := string_to_array(payload, '|');
        BEGIN
            IF signature IS DISTINCT FROM access.sign(payload) OR part[1] <> '1' OR cardinality(part) <> 9
               OR part[2]::int <> pg_backend_pid()
               OR abs(extract(epoch FROM clock_timestamp()) * 1000000 - part[3]::numeric) > 30000000 THEN
                RETURN NULL;
            END IF;
            RETURN part[4:9];
        END $$ --;;

        -- The context of this transaction: agency, user, human, client, purpose, roles, token id; NULL without one.
        CREATE FUNCTION access.context() RETURNS text[]
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            held text := NULLIF(current_setting('rhannu.context', true), '');
            part text[];
        BEGIN
            IF held IS NULL OR current_setting('rhannu.context_signature', true)
               IS DISTINCT FROM encode(access.sign(held), 'hex') THEN
                RETURN NULL;
            END IF;
            part := string_to_array(held, '|');
            IF part[1]::int <> pg_backend_pid() OR part[2] <> transaction_timestamp()::text THEN
                RETURN NULL;
            END IF;
            RETURN part[3:9];
        END $$ --;;

        CREATE FUNCTION access.agency() RETURNS text
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$ SELECT (access.context())[1] $$ --;;
    """)
    definer("access.sign(text)", "rhannu_gate")
    definer("access.claims(text, bytea)", "rhannu_gate", "rhannu_recorder", "rhannu_matcher")
    definer("access.context()", "rhannu_gate", "rhannu_recorder", "rhannu_matcher")
    definer(
        "access.agency()", "rhannu_gate", "rhannu_app", "rhannu_worker", "rhannu_auditor", "rhannu_matcher",
        "rhannu_recorder",
    )  # fmt: skip


def downgrade() -> None:
    run("""
        DROP SCHEMA audit CASCADE --;;
        DROP SCHEMA access CASCADE --;;
        DROP SCHEMA rhannu CASCADE --;;
        ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC --;;
    """)
