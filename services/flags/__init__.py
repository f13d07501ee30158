"""Flags: proposed, decided, reviewed, checked."""
