"""The GraphQL edge: one POST address, one operation at a time, measured before it is understood.

`limits` measures a document, `documents` reads and remembers documents, `extensions`
puts both into Strawberry and keeps faults inside. The capabilities' types stand beside them.
"""
