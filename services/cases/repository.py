"""Queries that belong to no capability below: a person's flags across agencies, and who the agencies are."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text

from domain.cases import Coded, DutyNumber, InvolvedAgency, PersonFlags, SeenFlag
from domain.flag_codes import Badge, FlagState
from domain.flag_decisions import ControlSentence
from domain.ids import AgencyCode, FlagId, RecordId
from domain.problems import Bilingual
from services.core.unit_of_work import UnitOfWork
from services.db.models.agencies import agencies

_FLAGS = text(
    "SELECT flag_id, flag_version, owner, about, visible, badges, precaution, phone "
    "FROM rhannu.person_precautions(:record, :alerting, :at) ORDER BY visible DESC, owner, flag_id"
)


class CaseRepository:
    """What stands around one of the agency's own records."""

    def __init__(self, unit: UnitOfWork) -> None:
        self._unit = unit

    async def flags_of(self, record_id: RecordId, *, alerting: bool) -> PersonFlags:
        """Find the live flags on the person of an own record, as far as the caller's agency may see them."""
        rows = (await self._unit.run(_FLAGS, {"record": record_id, "alerting": alerting, "at": self._unit.now})).all()
        hidden = [row for row in rows if not row.visible]
        numbers = {AgencyCode(row.owner): row.phone for row in hidden}
        return PersonFlags(
            seen=tuple(_seen(row) for row in rows if row.visible),
            contacts=tuple(DutyNumber(agency, phone) for agency, phone in sorted(numbers.items())),
            subjects=frozenset(RecordId(row.about) for row in rows),
            owners=frozenset(AgencyCode(row.owner) for row in rows),
            hinted=frozenset(f"flag:{row.flag_id}:{row.flag_version}" for row in hidden),
        )

    async def agencies(self, codes: Iterable[AgencyCode]) -> tuple[InvolvedAgency, ...]:
        """Look agencies up in the register, in the order of their codes."""
        columns = (agencies.c.code, agencies.c.name_en, agencies.c.name_cy, agencies.c.type, agencies.c.duty_phone)
        query = select(*columns).where(agencies.c.code.in_(sorted(codes))).order_by(agencies.c.code)
        rows = (await self._unit.run(query)).all()
        return tuple(
            InvolvedAgency(AgencyCode(row.code), Bilingual(row.name_en, row.name_cy), row.type, row.duty_phone)
            for row in rows
        )


def _seen(row: Row[Any]) -> SeenFlag:
    said: dict[str, Any] = json.loads(row.precaution)
    review_on = said["reviewOn"]
    return SeenFlag(
        id=FlagId(UUID(str(row.flag_id))),
        version=row.flag_version,
        owner_agency=AgencyCode(row.owner),
        category=_coded(said["category"]),
        controls=tuple(_coded(control) for control in said["controls"]),
        sentence=ControlSentence(said["sentence"]["en"], said["sentence"]["cy"]),
        state=FlagState(said["state"]),
        badges=tuple(Badge(badge) for badge in row.badges),
        review_on=None if review_on is None else date.fromisoformat(review_on),
        handling=tuple(_coded(condition) for condition in said["handling"]),
    )


def _coded(said: dict[str, str]) -> Coded:
    return Coded(said["code"], Bilingual(said["en"], said["cy"]))
