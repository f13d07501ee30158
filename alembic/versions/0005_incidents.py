"""Incidents: what happened, versioned, in the hands of the agency that recorded it (F-02, G-3.2-2)."""

from services.db.migration import refer, run, secure

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("""
        CREATE TABLE rhannu.incidents (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            about_record uuid NOT NULL REFERENCES rhannu.person_records,
            version integer NOT NULL CHECK (version > 0),
            grade text,
            occurred_at timestamptz NOT NULL,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            reason text NOT NULL
        ) --;;
        CREATE INDEX ix_incidents_about ON rhannu.incidents (about_record, occurred_at) --;;
        CREATE INDEX ix_incidents_owner_agency ON rhannu.incidents (owner_agency, occurred_at) --;;
        CREATE TABLE rhannu.incident_versions (
            incident_id uuid NOT NULL REFERENCES rhannu.incidents,
            version integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            reason text NOT NULL,
            PRIMARY KEY (incident_id, version)
        ) --;;
        CREATE INDEX ix_incident_versions_owner_agency ON rhannu.incident_versions (owner_agency) --;;
    """)
    secure("rhannu.incidents", update="version, grade, occurred_at, content, recorded_at, recorded_by, reason")
    secure("rhannu.incident_versions")
    refer("rhannu.incidents")


def downgrade() -> None:
    run("""
        DROP TABLE rhannu.incident_versions --;;
        DROP TABLE rhannu.incidents --;;
    """)
