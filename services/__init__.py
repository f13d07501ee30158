"""Use cases and storage: one package per capability, no web framework."""
