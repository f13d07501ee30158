"""Person records: register, read, amend, search, and say who lives with or visits whom."""

from services.core.steps import Step
from services.persons.lookups import (
    alike_digests,
    alike_records,
    own_records,
    register_all,
    share_a_home,
    shared_person,
    shared_persons,
)
from services.persons.restrictions import lift_restriction, read_restriction, restrict_person
from services.persons.use_cases import (
    amend_person,
    end_relationship,
    read_person,
    record_relationship,
    register_person,
    search_persons,
)

__all__ = [
    "Step",
    "alike_digests",
    "alike_records",
    "amend_person",
    "end_relationship",
    "lift_restriction",
    "own_records",
    "read_person",
    "read_restriction",
    "record_relationship",
    "register_all",
    "register_person",
    "restrict_person",
    "search_persons",
    "share_a_home",
    "shared_person",
    "shared_persons",
]
