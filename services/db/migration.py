"""What every migration says the same way: scripts of several statements, row security, grants.

A revision may use only these helpers and SQL of its own, never the models: the models move on,
a revision is history.
"""

import runpy
from pathlib import Path

from alembic import op

STATEMENT_END = "--;;"
_SCHEMA_OWNER = "rhannu_owner"
_VERSIONS = Path(__file__).parents[2] / "alembic" / "versions"
_OWN = (
    "CREATE POLICY own_agency ON {table} TO rhannu_app USING (owner_agency = (SELECT access.agency())) "
    "WITH CHECK (owner_agency = (SELECT access.agency()))"
)


def run(script: str) -> None:
    """Run a script statement by statement; each statement ends with a line `--;;`.

    The driver prepares one statement at a time, and function bodies hold semicolons.
    """
    for statement in script.split(STATEMENT_END):
        if statement.strip():
            op.execute(statement.strip().replace(":", "\\:"))


def secure(table: str, *, app: str = "SELECT, INSERT", update: str = "") -> None:
    """Put a table under forced row security by its `owner_agency` (law 2).

    The application's role sees and writes the rows of the agency it acts for, nothing without a
    context, and may never delete (law 6); `update` names the only columns it may change.
    """
    run(f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY --;;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY --;;
        {_OWN.format(table=table)} --;;
        GRANT {app} ON {table} TO rhannu_app --;;
    """)
    if update:
        run(f"GRANT UPDATE ({update}) ON {table} TO rhannu_app")


def by_role(table: str, kind: str) -> None:
    """Narrow a secured table to the roles that work with its kind of record at all (`access.reach`).

    Whoever reads may hold a row as read until the commit, which the database takes for a change; only whoever
    writes may change it.
    """
    reading = f"owner_agency = (SELECT access.agency_for('{kind}', 'read'))"
    writing = f"owner_agency = (SELECT access.agency_for('{kind}', 'write'))"
    run(f"""
        DROP POLICY own_agency ON {table} --;;
        CREATE POLICY role_reads ON {table} FOR SELECT TO rhannu_app USING ({reading}) --;;
        CREATE POLICY role_adds ON {table} FOR INSERT TO rhannu_app WITH CHECK ({writing}) --;;
        CREATE POLICY role_changes ON {table} FOR UPDATE TO rhannu_app USING ({reading}) WITH CHECK ({writing}) --;;
        CREATE POLICY role_deletes ON {table} FOR DELETE TO rhannu_app USING ({writing}) --;;
    """)


def two_sided(table: str, kind: str, other: str, *, adds: tuple[str, ...]) -> None:
    """Open a table to the two agencies that a row concerns, its owner and the one in a further column, by role.

    Either reads and changes the row within the columns granted; only the sides named in `adds` may add one. What a
    side keeps to itself stands in a table of its own.
    """
    sides = ("owner_agency", other)
    reading = " OR ".join(f"{side} = (SELECT access.agency_for('{kind}', 'read'))" for side in sides)
    writing = " OR ".join(f"{side} = (SELECT access.agency_for('{kind}', 'write'))" for side in sides)
    adding = " OR ".join(f"{side} = (SELECT access.agency_for('{kind}', 'write'))" for side in adds)
    run(f"""
        DROP POLICY own_agency ON {table} --;;
        CREATE POLICY side_reads ON {table} FOR SELECT TO rhannu_app USING ({reading}) --;;
        CREATE POLICY side_adds ON {table} FOR INSERT TO rhannu_app WITH CHECK ({adding}) --;;
        CREATE POLICY side_changes ON {table} FOR UPDATE TO rhannu_app USING ({reading}) WITH CHECK ({writing}) --;;
    """)


def by_agency(table: str) -> None:
    """Take `by_role` back."""
    run(f"""
        DROP POLICY role_reads ON {table} --;;
        DROP POLICY role_adds ON {table} --;;
        DROP POLICY role_changes ON {table} --;;
        DROP POLICY role_deletes ON {table} --;;
        {_OWN.format(table=table)}
    """)


def open_to(table: str, role: str, *, grant: str = "SELECT") -> None:
    """Let one of our NOLOGIN or background roles work on all rows of a table (ADR 0004)."""
    name = role.removeprefix("rhannu_")
    run(f"""
        CREATE POLICY {name}_all ON {table} TO {role} USING (true) WITH CHECK (true) --;;
        GRANT {grant} ON {table} TO {role} --;;
    """)


def refer(table: str) -> None:
    """Let the auditor's role know which rows of a table are its agency's own, by id and nothing else."""
    run(f"""
        CREATE POLICY auditor_refers ON {table} FOR SELECT TO rhannu_auditor
            USING (owner_agency = (SELECT access.agency())) --;;
        GRANT SELECT (id, owner_agency) ON {table} TO rhannu_auditor --;;
    """)


def refer_both(table: str, other: str) -> None:
    """Let the auditor's role know which rows of a table concern its agency, as owner or as the other side."""
    run(f"""
        CREATE POLICY auditor_refers ON {table} FOR SELECT TO rhannu_auditor
            USING (owner_agency = (SELECT access.agency()) OR {other} = (SELECT access.agency())) --;;
        GRANT SELECT (id, owner_agency, {other}) ON {table} TO rhannu_auditor --;;
    """)


def definer(signature: str, owner: str, *callers: str) -> None:
    """Give a SECURITY DEFINER function to its NOLOGIN owner and to its callers, and to nobody else.

    Taking a function over needs CREATE on its schema, for that moment only; the schemas' own owner keeps it.
    """
    schema = signature.split(".", maxsplit=1)[0]
    run(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    if owner != _SCHEMA_OWNER:
        run(f"""
            GRANT CREATE ON SCHEMA {schema} TO {owner} --;;
            ALTER FUNCTION {signature} OWNER TO {owner} --;;
            REVOKE CREATE ON SCHEMA {schema} FROM {owner} --;;
        """)
    for caller in callers:
        run(f"GRANT EXECUTE ON FUNCTION {signature} TO {caller}")


def say_anew(function: str, before: str, after: str) -> None:
    """Change one line of a function of an earlier revision, whose text stays there."""
    run(f"""
        DO $redefine$
        DECLARE
            body text := pg_get_functiondef('{function}'::regprocedure);
        BEGIN
            IF strpos(body, $line${before}$line$) = 0 THEN
                RAISE EXCEPTION 'this line is not there: {function}';
            END IF;
            EXECUTE replace(body, $line${before}$line$, $line${after}$line$);
        END $redefine$
    """)


def of_revision(name: str, constant: str) -> str:
    """Give a script of an earlier revision, so that taking a newer one back does not copy it."""
    return str(runpy.run_path(str(_VERSIONS / f"{name}.py"))[constant])
