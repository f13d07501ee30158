"""What the database's own catalogue says about our schemas, as small questions with one answer each."""

import asyncpg

TWO_SIDED = {
    "rhannu.information_requests": "holding_agency",
    "rhannu.information_request_versions": "holding_agency",
    "rhannu.disclosures": "recipient_agency",
    "rhannu.disclosure_versions": "recipient_agency",
    "rhannu.flow_lanes": "recipient_agency",
}
"""Tables whose rows concern two agencies, and the column that names the one who does not own the row."""

EITHER_ADDS = {"rhannu.information_request_versions", "rhannu.disclosure_versions"}
"""Those of them to which the other side adds as well: versions of a row that both change."""

NOBODY_ADDS = {"rhannu.flow_lanes"}
"""Those of them that the application never adds to: the database lays them."""

PARTNER_READS = "(protocol_id IN ( SELECT p.id\n   FROM rhannu.sharing_protocols p))"
FURTHER = {
    "rhannu.sharing_protocols partner_reads": (
        "SELECT",
        "(partners @> ARRAY[( SELECT access.agency_for('protocols'::text, 'read'::text) AS agency_for)])",
    ),
    "rhannu.sharing_protocol_versions partner_reads": ("SELECT", PARTNER_READS),
    "rhannu.protocol_signatures partner_reads": ("SELECT", PARTNER_READS),
}
"""Policies of the application's that let more than the owner read: what every partner named in a protocol may."""
NARROWED = {
    "rhannu.information_request_matches holder_finds": "only whoever holds a request says whom it found",
    "rhannu.protocol_signatures named_signs": "an agency signs only what names it, once that is assured",
}
NARROWED |= {
    f"rhannu.{table} named_only": "what concerns a restricted person is seen by those named alone"
    for table in (
        "person_records", "person_record_versions", "person_keys", "person_identifiers", "person_places",
        "relationships", "record_links", "incidents", "incident_versions", "flags", "flag_versions", "flag_incidents",
        "flag_targets", "flag_recipients", "flag_chases", "flag_notices", "check_resolutions",
        "confidentiality_terms", "confidentiality_term_versions", "confidentiality_overrides",
        "information_requests", "information_request_versions", "information_request_notes",
        "information_request_matches", "disclosures", "disclosure_versions", "not_sharing_decisions",
        "not_sharing_decision_versions",
    )
} | {
    f"rhannu.{table} named_only_there": "as above, of the recipient's record"
    for table in ("disclosures", "disclosure_versions")
}  # fmt: skip
"""Restrictive policies, each beside those that open its table, and what it holds back."""

TABLES = """
    SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
        c.relispartition AS is_partition, pg_get_userbyid(c.relowner) AS owner,
        (SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
            AND NOT a.attisdropped) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('rhannu', 'audit', 'access') AND c.relkind IN ('r', 'p')
    ORDER BY 1
"""

FUNCTIONS = """
    SELECT p.oid::regprocedure::text AS name, p.prosecdef AS definer, p.provolatile AS volatility,
        coalesce(p.proconfig, '{}') AS settings, pg_get_userbyid(p.proowner) AS owner,
        has_function_privilege('public', p.oid, 'EXECUTE') AS is_public
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('rhannu', 'audit', 'access') ORDER BY 1
"""

POLICIES = """
    SELECT schemaname || '.' || tablename || ' ' || policyname AS name, schemaname || '.' || tablename AS table,
        roles::text[] AS roles, permissive
    FROM pg_policies WHERE schemaname IN ('rhannu', 'audit', 'access') ORDER BY 1
"""

FUNCTIONS_IN_POLICIES = """
    SELECT DISTINCT f.oid::regprocedure::text AS name, f.provolatile AS volatility
    FROM pg_depend d JOIN pg_proc f ON f.oid = d.refobjid
    WHERE d.classid = 'pg_policy'::regclass AND d.refclassid = 'pg_proc'::regclass ORDER BY 1
"""

FOREIGN_KEYS_WITHOUT_INDEX = """
    SELECT k.conrelid::regclass::text || ' ' || k.conname FROM pg_constraint k
    JOIN pg_namespace n ON n.oid = k.connamespace
    WHERE k.contype = 'f' AND n.nspname IN ('rhannu', 'audit', 'access') AND NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid
        AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
        AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$'))
    ORDER BY 1
"""

GRANTS = """
    SELECT g.role || ' ' || string_agg(g.privilege, ', ' ORDER BY g.privilege) || ' ON ' || g.what FROM (
        SELECT pg_get_userbyid(a.grantee) AS role, a.privilege_type AS privilege, n.nspname || '.' || c.relname AS what
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
        WHERE n.nspname IN ('rhannu', 'audit', 'access', 'rhannu_meta') AND a.grantee <> c.relowner
        UNION ALL
        SELECT pg_get_userbyid(a.grantee), a.privilege_type || ' (' || t.attname || ')', n.nspname || '.' || c.relname
        FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
            aclexplode(t.attacl) a
        WHERE n.nspname IN ('rhannu', 'audit', 'access')
        UNION ALL
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type,
            'FUNCTION ' || n.nspname || '.' || p.proname
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
            aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        WHERE n.nspname IN ('rhannu', 'audit', 'access') AND a.grantee <> p.proowner
        UNION ALL
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type,
            'SCHEMA ' || n.nspname
        FROM pg_namespace n, aclexplode(n.nspacl) a
        WHERE n.nspname IN ('rhannu', 'audit', 'access', 'rhannu_meta') AND a.grantee <> n.nspowner
    ) g GROUP BY g.role, g.what ORDER BY 1
"""

ROLES = """
    SELECT rolname AS name, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin
    FROM pg_roles WHERE rolname LIKE 'rhannu\\_%' ORDER BY 1
"""


async def lines(connection: "asyncpg.Connection[asyncpg.Record]", question: str) -> list[str]:
    """Ask a question whose answer is one column of text."""
    return [row[0] for row in await connection.fetch(question)]
