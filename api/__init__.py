"""The edges: REST, GraphQL, documents, command line. No SQL, no rule."""
