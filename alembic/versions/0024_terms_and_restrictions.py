"""What agencies keep back: whom a holder found, terms agreed with a family, and records that only named people see.

What a holder found stands in a table of its own, and a request is changed by each side in its own part alone. Notices
of flags that were acknowledged go after six years or with the flag's trail.
"""

from pathlib import Path

from services.db.migration import by_role, run, say_anew, secure

revision = "0024"
down_revision = "0020"
branch_labels = None
depends_on = None

_SQL = Path(__file__).parents[1] / "sql"
_WRITE_NOTICES = "rhannu.write_notices(uuid[], timestamptz, text[], interval[])"
_LATER = "v.version > h.flag_version"
_LATER_AND_KEPT = "v.version > h.flag_version AND v.recorded_at > at - interval '6 years'"


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


def downgrade() -> None:
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
