"""Incidents: recorded, read and amended by the agency that met them, and by nobody else."""

from services.incidents.lookups import own_incidents
from services.incidents.summary import incident_counts
from services.incidents.use_cases import amend_incident, read_incident, record_incident

__all__ = ["amend_incident", "incident_counts", "own_incidents", "read_incident", "record_incident"]
