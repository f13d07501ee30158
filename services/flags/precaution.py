"""The precaution of a flag as the check gives it: written once when the flag changes, not at every reading.

JSON members without their braces; the check adds what depends on who asks and when (badges, what the warning
is about there, and whom to ring).
"""

import orjson

from domain.flags import Flag
from domain.vocabularies import item


def precaution_members(flag: Flag) -> str:
    """Write what a front-line reader sees of a live flag, and nothing for one that warns nobody (F-04)."""
    if not flag.is_live or flag.terms is None:
        return ""
    sentence = flag.terms.sentence
    members = {
        "flagId": flag.id,
        "version": flag.version,
        "ownerAgency": flag.owner_agency,
        "category": _coded("flag-category", flag.category.value),
        "controls": [_coded("visit-control", control) for control in flag.terms.controls],
        "sentence": {"en": sentence.en, "cy": sentence.cy},
        "reviewOn": flag.review_on,
        "state": flag.state.value,
    }
    return orjson.dumps(members).decode()[1:-1]


def _coded(list_id: str, code: str) -> dict[str, str]:
    label = item(list_id, code).label
    return {"code": code, "en": label.en, "cy": label.cy}
