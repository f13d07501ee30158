"""What a front-line reader is shown of a flag (law 7), as JSON kept beside it, so that a check only copies text."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.flag_codes import Badge, Category, FlagState
from domain.flags import Flag
from domain.ids import AgencyCode, FlagId, RecordId
from domain.vocabularies import item


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFlag:
    """Another agency's live flag at precaution tier; `about` is its owner's record, for the trail and nobody else."""

    id: FlagId
    version: int
    owner_agency: AgencyCode
    about: RecordId | None
    badges: tuple[Badge, ...]
    phone: str
    precaution: dict[str, Any]

    @property
    def category(self) -> Category:
        """Say of which kind it is."""
        return Category(self.precaution["category"]["code"])


def precaution_text(flag: Flag) -> str:
    """Write what recipients are told as the members of a JSON object, without its braces.

    Whoever shows it adds the badges of the day and the number to ring. A flag that was only proposed, or that
    warns nobody any more, has nothing to say; one from an older register says what that said, until it is decided.
    """
    if flag.what_to_do is None:
        return ""
    controls, sentence = flag.what_to_do
    handling = () if flag.terms is None else flag.terms.handling
    document = {
        "flagId": str(flag.id),
        "version": flag.version,
        "ownerAgency": flag.owner_agency,
        "category": _coded("flag-category", flag.category),
        "controls": [_coded("visit-control", code) for code in controls],
        "sentence": {"en": sentence.en, "cy": sentence.cy},
        "handling": [_coded("handling-condition", code) for code in handling],
        "reviewOn": None if flag.review_on is None else flag.review_on.isoformat(),
        "state": FlagState(flag.state).value,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))[1:-1]


def shared_flag(
    reference: tuple[UUID, int, str], about: UUID | None, badges: list[str], precaution: str, phone: str
) -> SharedFlag:
    """Read back what the database let the caller see of another agency's flag."""
    flag_id, version, owner = reference
    return SharedFlag(
        id=FlagId(flag_id),
        version=version,
        owner_agency=AgencyCode(owner),
        about=None if about is None else RecordId(about),
        badges=tuple(Badge(badge) for badge in badges),
        phone=phone,
        precaution=json.loads(precaution),
    )


def _coded(list_id: str, code: str) -> dict[str, str]:
    label = item(list_id, code).label
    return {"code": str(code), "en": label.en, "cy": label.cy}
