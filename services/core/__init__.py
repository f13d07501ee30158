"""The seams every capability stands on: settings, unit of work, use case, audit, identity."""
