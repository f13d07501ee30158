"""Rules: what may be recorded, who may do it, what is shown and until when.

This floor is plain Python. It does no I/O, reads no clock and knows no framework,
so every rule can be tested by calling it.
"""
