"""Requests counted by several processes together, and the schema's own revision for the application to read.

Each process writes rows of its own, so none of them is everybody's queue. The table is unlogged: a crash empties it,
counting starts again, and no write of it ever waits for a disk or a replica.
"""

from services.db.migration import definer, run

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SHARE = "access.share_counts(uuid, bigint, text[], int[])"


def upgrade() -> None:
    run("""
        CREATE UNLOGGED TABLE access.request_counts (
            minute bigint NOT NULL,
            process uuid NOT NULL,
            client text NOT NULL,
            requests int NOT NULL CHECK (requests >= 0),
            PRIMARY KEY (minute, process, client)
        ) WITH (fillfactor = 50) --;;
        GRANT SELECT, INSERT, UPDATE ON access.request_counts TO rhannu_gate --;;
        GRANT SELECT (minute), DELETE ON access.request_counts TO rhannu_worker --;;

        -- Write what one process counted in a minute, and give what all others did. Only registered clients are kept,
        -- so that nothing else can be put here.
        CREATE FUNCTION access.share_counts(this_process uuid, this_minute bigint, clients text[], counts int[])
            RETURNS TABLE (client text, requests bigint)
            LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
            WITH mine AS (
                INSERT INTO access.request_counts (minute, process, client, requests)
                SELECT this_minute, this_process, c.id, n.requests
                FROM unnest(clients, counts) n(client, requests) JOIN rhannu.clients c ON c.id = n.client
                ON CONFLICT (minute, process, client) DO UPDATE SET requests = excluded.requests
            )
            SELECT o.client, sum(o.requests) FROM access.request_counts o
            WHERE o.minute = this_minute AND o.process <> this_process GROUP BY o.client
        $$ --;;

        GRANT USAGE ON SCHEMA rhannu_meta TO rhannu_app --;;
        GRANT SELECT ON rhannu_meta.alembic_version TO rhannu_app --;;
    """)
    definer(_SHARE, "rhannu_gate", "rhannu_app")


def downgrade() -> None:
    run(f"""
        REVOKE SELECT ON rhannu_meta.alembic_version FROM rhannu_app --;;
        REVOKE USAGE ON SCHEMA rhannu_meta FROM rhannu_app --;;
        DROP FUNCTION {_SHARE} --;;
        DROP TABLE access.request_counts --;;
    """)
