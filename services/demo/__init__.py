"""The demonstration region: invented people, entered the way real ones are."""

from services.demo.load import HOUSEHOLDS, Summary, load, load_fixture
from services.demo.register import EMERGENCY_USER, demo_client, demo_user, key_path

__all__ = ["EMERGENCY_USER", "HOUSEHOLDS", "Summary", "demo_client", "demo_user", "key_path", "load", "load_fixture"]
