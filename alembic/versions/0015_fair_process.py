"""Fair process: kinds of warning kept to named roles.

Which roles a flag is kept to stands on the flag as well (`reserved_for`, revision 0008), so that a check reads one row;
whoever changes the setting stamps it anew on every flag of the category.
"""

from services.db.migration import by_role, run, secure

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("""
        -- Every setting there was; the newest stands. No roles: the category is open to all whose role reads flags.
        CREATE TABLE rhannu.category_reservations (
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            category text NOT NULL,
            version integer NOT NULL CHECK (version > 0),
            roles text[] NOT NULL,
            reason text NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            PRIMARY KEY (owner_agency, category, version)
        ) --;;
    """)
    secure("rhannu.category_reservations")
    run("""
        INSERT INTO access.reach SELECT kind, role, writes FROM (VALUES
            ('reservations', '{safeguarding-lead}'::text[], true),
            ('reservations', '{practitioner,line-manager,flag-decision-maker,dpo-ig,duty-manager}', false)
        ) given(kind, roles, writes), unnest(roles) role
    """)
    by_role("rhannu.category_reservations", "reservations")


def downgrade() -> None:
    run("""
        DROP TABLE rhannu.category_reservations --;;
        DELETE FROM access.reach WHERE kind = 'reservations' --;;
    """)
