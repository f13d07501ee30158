"""The database floor: engine, embedded server, bootstrap of roles, tables."""
