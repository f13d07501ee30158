"""Agencies, their people, their systems, and what the register says of them."""
