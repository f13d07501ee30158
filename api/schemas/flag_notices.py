"""Notices to the person a flag is about, on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from api.schemas.flag_checks import CodedView, coded_view
from api.schemas.flag_views import AgreementView
from api.schemas.flags import Agreements
from api.schemas.incidents import Line
from api.schemas.letters import SaidBody
from domain.flag_telling import DeliverNotice
from domain.ids import IncidentId
from domain.letters import LetterKind, spoken
from domain.notices import AdultThere, DeliveryCheck, LetterLanguage, Notice, PrepareNotice, Reading, ReliedOn, Route
from domain.problems import Language

_Account = Annotated[str, Field(max_length=500)]


class DeliveryBody(Body):
    """What was found out before any letter: does the person read letters, in which language, and is the way safe?

    `adultThere` says whether the adult at risk lives where the news would arrive. Where they do, or nobody knows, a
    letter by post or by hand needs a `reason` why it may go there. `interpreter` is a language tag, such as `pl`.
    """

    reading: Reading
    language: LetterLanguage
    route: Route
    adult_there: AdultThere
    interpreter: Annotated[str, Field(max_length=3)] | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None

    def check(self) -> DeliveryCheck:
        """Give the check as the rules know it."""
        return DeliveryCheck(
            reading=self.reading,
            language=self.language,
            route=self.route,
            adult_there=self.adult_there,
            interpreter=self.interpreter,
            reason=self.reason,
        )


class ReliedOnBody(Body):
    """An incident the decision rests on, in plain words to the person, in each language of the letter.

    Where its source asked to be protected, `sourceChecked` confirms that the words give nobody away.
    """

    incident_id: UUID
    en: _Account | None = None
    cy: _Account | None = None
    source_checked: bool = False

    def told(self) -> ReliedOn:
        """Give what is told as the rules know it."""
        return ReliedOn(IncidentId(self.incident_id), self.en, self.cy, self.source_checked)


class NoticeBody(Body):
    """The check of delivery, and what the person is told. `contact` takes the place of the one in your templates.

    Where an originator of the evidence asked to be consulted before the person hears of it, `agreements` says who
    there agreed; without that there is no letter.
    """

    delivery: DeliveryBody
    relied_on: Annotated[list[ReliedOnBody], Field(max_length=50)]
    contact: SaidBody | None = None
    agreements: Agreements = []

    def command(self) -> PrepareNotice:
        """Give the command to prepare."""
        contact = None if self.contact is None else self.contact.said()
        agreements = tuple(each.value() for each in self.agreements)
        return PrepareNotice(self.delivery.check(), tuple(each.told() for each in self.relied_on), contact, agreements)


class NoticeDeliveryBody(Body):
    """On what day the notice reached the person, and how."""

    on: date
    how: Line

    def command(self) -> DeliverNotice:
        """Give the command to record it."""
        return DeliverNotice(self.on, self.how)


class DeliveryView(View):
    """The check of delivery as recorded."""

    reading: Reading
    language: LetterLanguage
    route: Route
    adult_there: AdultThere
    interpreter: str | None
    reason: str | None


class PassageView(View):
    """One paragraph, or a list."""

    text: str
    items: list[str]


class LetterSectionView(View):
    """A heading and what stands under it."""

    heading: str
    passages: list[PassageView]


class LetterView(View):
    """A letter in one language, and the same as text to be read aloud."""

    language: Language
    title: str
    sender: str
    to: str
    dated: str
    reference: str
    sections: list[LetterSectionView]
    spoken: str


class NoticeView(View):
    """A notice as it was made. It does not say that the person was told; its delivery is recorded apart.

    `handling` are the conditions on the flag, for whoever sends the letter; the letter itself does not show them.
    """

    id: UUID
    flag_id: UUID
    flag_version: int
    kind: LetterKind
    template_version: int
    delivery: DeliveryView
    incidents: list[UUID]
    letters: list[LetterView]
    handling: list[CodedView]
    agreements: list[AgreementView]
    recorded_at: AwareDatetime
    recorded_by: UUID


def notice_view(notice: Notice) -> NoticeView:
    """Write a notice as JSON."""
    letters = [
        LetterView(
            language=letter.language,
            title=letter.title,
            sender=letter.sender,
            to=letter.to,
            dated=letter.dated,
            reference=letter.reference,
            sections=[LetterSectionView.model_validate(section) for section in letter.sections],
            spoken=spoken(letter),
        )
        for letter in notice.letters
    ]
    return NoticeView(
        id=notice.id,
        flag_id=notice.flag_id,
        flag_version=notice.flag_version,
        kind=notice.kind,
        template_version=notice.template_version,
        delivery=DeliveryView.model_validate(notice.delivery),
        incidents=list(notice.incidents),
        letters=letters,
        handling=[coded_view("handling-condition", code) for code in notice.handling],
        agreements=[AgreementView.model_validate(each) for each in notice.agreements],
        recorded_at=notice.recorded_at,
        recorded_by=notice.recorded_by,
    )
