"""The floor knows roles: who may do nothing with a kind of record sees no row of it, in raw SQL either (law 2).

Until now any role's context opened all rows of its agency: an administrator of users, an auditor or a role that is not
served yet could read what every practitioner can. `access.reach` says for each kind of record which roles work with it
at all and which of them write; it is the coarse part of `domain/access.py` again, and a test holds the two together.
A role that is to work with a kind of record from some day on gets a row there in a revision of its own.

Purposes and scopes stay with the use cases. The flag check is not concerned: it runs as the matcher (ADR 0004).
"""

from services.db.migration import by_agency, by_role, definer, run, say_anew

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KINDS = {
    "persons": (
        "person_records", "person_record_versions", "person_keys", "person_identifiers", "person_places",
        "relationships", "record_links",
    ),
    "incidents": ("incidents", "incident_versions"),
    "flags": ("flags", "flag_versions", "flag_incidents", "flag_targets", "flag_recipients", "flag_chases"),
    "checks": ("check_resolutions",),
}  # fmt: skip


_DOOR = "rhannu.flag_precautions(uuid[], boolean, timestamptz)"
_BY_AGENCY = "my_agency text := access.agency();"
_BY_ROLE = "my_agency text := access.agency_for('flags', 'read');"


def upgrade() -> None:
    run("""
        CREATE TABLE access.reach (
            kind text NOT NULL,
            role text NOT NULL,
            writes boolean NOT NULL,
            PRIMARY KEY (kind, role)
        ) --;;
        GRANT SELECT ON access.reach TO rhannu_gate --;;
        INSERT INTO access.reach SELECT kind, role, writes FROM (VALUES
            ('persons', '{practitioner,line-manager,duty-manager,safeguarding-lead}'::text[], true),
            ('persons', '{duty-desk,mash-duty,spoc,flag-decision-maker}', false),
            ('incidents', '{practitioner,line-manager,safeguarding-lead}', true),
            ('incidents', '{duty-manager,duty-desk,mash-duty,spoc,flag-decision-maker}', false),
            ('flags', '{practitioner,line-manager,duty-manager,safeguarding-lead,flag-decision-maker,dpo-ig}', true),
            ('flags', '{duty-desk,mash-duty,spoc}', false),
            ('checks', '{duty-desk,mash-duty,spoc}', true)
        ) given(kind, roles, writes), unnest(roles) role --;;

        -- The agency acted for, if a role held in it reads (or writes) this kind of record at all; NULL otherwise.
        CREATE FUNCTION access.agency_for(record_kind text, act text) RETURNS text
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            held text[] := access.context();
        BEGIN
            IF EXISTS (SELECT FROM access.reach r WHERE r.kind = record_kind
                AND r.role = ANY (string_to_array(held[6], ',')) AND (act = 'read' OR r.writes)) THEN
                RETURN held[1];
            END IF;
            RETURN NULL;
        END $$ --;;
    """)
    definer("access.agency_for(text, text)", "rhannu_gate", "rhannu_app", "rhannu_matcher")
    # The one door to other agencies' flags, behind which the app reads as the matcher, asks for such a role as well.
    say_anew(_DOOR, _BY_AGENCY, _BY_ROLE)
    for kind, tables in _KINDS.items():
        for table in tables:
            by_role(f"rhannu.{table}", kind)


def downgrade() -> None:
    say_anew(_DOOR, _BY_ROLE, _BY_AGENCY)
    for tables in _KINDS.values():
        for table in tables:
            by_agency(f"rhannu.{table}")
    run("""
        DROP FUNCTION access.agency_for(text, text) --;;
        DROP TABLE access.reach --;;
    """)
