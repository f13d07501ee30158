"""What agencies keep back: whom a holder found, terms agreed with a family, and records that only named people see.

What a holder found stands in a table of its own, and a request is changed by each side in its own part alone. Notices
of flags that were acknowledged go after six years or with the flag's trail.
"""

from pathlib import Path

from services.db.migration import by_role, definer, open_to, run, say_anew, secure

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_SQL = Path(__file__).parents[1] / "sql"
_WRITE_NOTICES = "rhannu.write_notices(uuid[], timestamptz, text[], interval[])"
_LATER = "v.version > h.flag_version"
_LATER_AND_KEPT = "v.version > h.flag_version AND v.recorded_at > at - interval '6 years'"

_NOBODY = "00000000-0000-0000-0000-000000000000"
_RECORD = ("record",)
_FLAG = ("flag",)
_INCIDENT = ("{content,about}", "{content,adult_at_risk}")
_DECIDED = ("{content,decision,about}",)
_CONCERNED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("person_record_versions", "person_keys", "person_places", "record_links", "flags"), _RECORD),
    **dict.fromkeys(("confidentiality_terms", "information_request_matches", "check_resolutions"), _RECORD),
    "person_identifiers": ("identifier",),
    "relationships": ("{from_record}", "{to_record}"),
    **dict.fromkeys(("incidents", "incident_versions"), _INCIDENT),
    **dict.fromkeys(("flag_versions", "flag_incidents", "flag_targets", "flag_recipients"), _FLAG),
    **dict.fromkeys(("flag_chases", "flag_notices"), _FLAG),
    **dict.fromkeys(("confidentiality_term_versions", "confidentiality_overrides"), ("terms",)),
    **dict.fromkeys(("information_requests", "information_request_versions"), ("{content,asked_of,about}",)),
    "information_request_notes": ("request",),
    **dict.fromkeys(("disclosures", "disclosure_versions"), ("disclosure",)),
    **dict.fromkeys(("not_sharing_decisions", "not_sharing_decision_versions"), _DECIDED),
}
"""Tables whose rows concern a record, and where the row says which one (`rhannu.keep_restricted`)."""
_OTHER_SIDE = {
    "information_requests": "holding_agency", "information_request_versions": "holding_agency",
    "disclosures": "recipient_agency", "disclosure_versions": "recipient_agency",
}  # fmt: skip
_KNOWN_TO_MATCHER = {
    "person_records", "person_keys", "person_places", "relationships", "record_links", "flags", "flag_versions",
    "flag_targets", "flag_recipients",
}  # fmt: skip
_FUNCTIONS = {
    "access.known_users(uuid[])": ("rhannu_gate", "rhannu_app"),
    "access.names()": ("rhannu_gate", "rhannu_app"),
    "rhannu.set_restriction(uuid, text[])": ("rhannu_matcher", "rhannu_app"),
    "rhannu.is_own_record(uuid, boolean)": ("rhannu_matcher", "rhannu_app"),
    "rhannu.keep_restricted()": ("rhannu_matcher",),
    "rhannu.restriction_on(uuid[])": ("rhannu_matcher",),
}


def upgrade() -> None:
    _run_file("requests")
    secure("rhannu.information_request_matches")
    by_role("rhannu.information_request_matches", "sharing")
    run("""
        CREATE POLICY holder_finds ON rhannu.information_request_matches AS RESTRICTIVE FOR INSERT TO rhannu_app
            WITH CHECK (EXISTS (SELECT FROM rhannu.information_requests r
                WHERE r.id = request_id AND r.holding_agency = information_request_matches.owner_agency))
    """)
    # A notice that was forgotten is not written again: holders are told of nothing older than notices are kept.
    say_anew(_WRITE_NOTICES, _LATER, _LATER_AND_KEPT)
    run("GRANT DELETE ON rhannu.notices, rhannu.notice_chases TO rhannu_worker")

    _run_file("confidentiality")
    secure("rhannu.confidentiality_terms", update="version, state, review_on, content, recorded_at, recorded_by")
    secure("rhannu.confidentiality_term_versions")
    secure("rhannu.confidentiality_overrides")
    by_role("rhannu.confidentiality_terms", "confidentiality")
    by_role("rhannu.confidentiality_term_versions", "confidentiality")
    by_role("rhannu.confidentiality_overrides", "overrides")
    _add_restrictions()


def _add_restrictions() -> None:
    run("ALTER TABLE rhannu.person_records ADD COLUMN restricted_to text[]")
    for table in _CONCERNED:
        run(f"ALTER TABLE rhannu.{table} ADD COLUMN restricted_to text[]")
    run(f"""
        ALTER TABLE rhannu.disclosures ADD COLUMN restricted_there text[] --;;
        ALTER TABLE rhannu.disclosure_versions ADD COLUMN restricted_there text[] --;;
        -- What a colleague may not find must not show by a refusal to register either: a restricted record's identifiers
        -- are unique for themselves.
        ALTER TABLE rhannu.person_identifiers ADD COLUMN scope uuid NOT NULL DEFAULT '{_NOBODY}' --;;
        ALTER TABLE rhannu.person_identifiers DROP CONSTRAINT pk_person_identifiers --;;
        ALTER TABLE rhannu.person_identifiers
            ADD CONSTRAINT pk_person_identifiers PRIMARY KEY (owner_agency, digest, scope) --;;
    """)
    _run_file("restrictions")
    secure("rhannu.person_restrictions")
    by_role("rhannu.person_restrictions", "restrictions")
    for function, (owner, *callers) in _FUNCTIONS.items():
        definer(function, owner, *callers)
    open_to("rhannu.category_reservations", "rhannu_matcher")
    for table in ("person_records", *_CONCERNED):
        _restrict(table)
    run("""
        CREATE TRIGGER narrow_reserved BEFORE INSERT OR UPDATE OF reserved_for, restricted_to ON rhannu.flags
            FOR EACH ROW EXECUTE FUNCTION rhannu.narrow_reserved() --;;
        CREATE TRIGGER keep_restricted_anew BEFORE UPDATE OF content ON rhannu.incidents
            FOR EACH ROW EXECUTE FUNCTION rhannu.keep_restricted('{content,about}', '{content,adult_at_risk}') --;;
    """)


def _restrict(table: str) -> None:
    """Narrow a table to those named where its row is restricted, and let the matcher say whether it is."""
    named = "restricted_to IS NULL OR restricted_to && (SELECT access.names())"
    if table in _OTHER_SIDE:
        named += " OR owner_agency <> (SELECT access.agency())"
    changes = "UPDATE (restricted_to)"
    if table == "person_identifiers":
        changes += ", UPDATE (scope)"
    if table == "flags":
        changes += ", UPDATE (reserved_for)"
    if table.startswith("disclosure"):
        changes += ", UPDATE (restricted_there)"
        there = "restricted_there IS NULL OR restricted_there && (SELECT access.names())"
        run(f"""
            CREATE POLICY named_only_there ON rhannu.{table} AS RESTRICTIVE TO rhannu_app
                USING ({there} OR {_OTHER_SIDE[table]} <> (SELECT access.agency()))
        """)
    run(f"CREATE POLICY named_only ON rhannu.{table} AS RESTRICTIVE TO rhannu_app USING ({named})")
    if table in _KNOWN_TO_MATCHER:
        run(f"GRANT SELECT, {changes} ON rhannu.{table} TO rhannu_matcher")
    else:
        open_to(f"rhannu.{table}", "rhannu_matcher", grant=f"SELECT, {changes}")
    if table in _CONCERNED:
        where = ", ".join(f"'{each}'" for each in _CONCERNED[table])
        run(f"""
            CREATE TRIGGER keep_restricted BEFORE INSERT ON rhannu.{table}
                FOR EACH ROW EXECUTE FUNCTION rhannu.keep_restricted({where})
        """)


def _drop_restrictions() -> None:
    for table in ("person_records", *_CONCERNED):
        run(f"""
            DROP POLICY named_only ON rhannu.{table} --;;
            DROP TRIGGER IF EXISTS keep_restricted ON rhannu.{table} --;;
        """)
        if table not in _KNOWN_TO_MATCHER:
            run(f"""
                DROP POLICY matcher_all ON rhannu.{table} --;;
                REVOKE ALL ON rhannu.{table} FROM rhannu_matcher --;;
            """)
    run("""
        DROP POLICY named_only_there ON rhannu.disclosures --;;
        DROP POLICY named_only_there ON rhannu.disclosure_versions --;;
        DROP POLICY matcher_all ON rhannu.category_reservations --;;
        REVOKE ALL ON rhannu.category_reservations FROM rhannu_matcher --;;
        REVOKE UPDATE (reserved_for) ON rhannu.flags FROM rhannu_matcher --;;
        DROP TRIGGER narrow_reserved ON rhannu.flags --;;
        DROP TRIGGER keep_restricted_anew ON rhannu.incidents --;;
        DROP FUNCTION rhannu.narrow_reserved() --;;
        ALTER TABLE rhannu.disclosures DROP COLUMN restricted_there --;;
        ALTER TABLE rhannu.disclosure_versions DROP COLUMN restricted_there --;;
        ALTER TABLE rhannu.person_identifiers DROP CONSTRAINT pk_person_identifiers --;;
        ALTER TABLE rhannu.person_identifiers DROP COLUMN scope --;;
        ALTER TABLE rhannu.person_identifiers ADD CONSTRAINT pk_person_identifiers PRIMARY KEY (owner_agency, digest) --;;
        DROP TABLE rhannu.person_restrictions --;;
        DELETE FROM access.reach WHERE kind = 'restrictions' --;;
    """)
    for table in ("person_records", *_CONCERNED):
        run(f"ALTER TABLE rhannu.{table} DROP COLUMN restricted_to")
    for function in _FUNCTIONS:
        run(f"DROP FUNCTION {function}")


def downgrade() -> None:
    _drop_restrictions()
    run("""
        DROP TABLE rhannu.confidentiality_overrides --;;
        DROP TABLE rhannu.confidentiality_term_versions --;;
        DROP TABLE rhannu.confidentiality_terms --;;
        DELETE FROM access.reach WHERE kind IN ('confidentiality', 'overrides') --;;
    """)
    run("REVOKE DELETE ON rhannu.notices, rhannu.notice_chases FROM rhannu_worker")
    say_anew(_WRITE_NOTICES, _LATER_AND_KEPT, _LATER)
    _run_file("requests_down")


def _run_file(part: str) -> None:
    run((_SQL / f"0024_{part}.sql").read_text(encoding="utf-8"))
