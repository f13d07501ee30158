"""Request bodies and response views, one file per capability."""
