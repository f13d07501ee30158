"""Telling the person: a check of how the news can reach them safely, and then the notice (F-06, F-09, G-4.2-6).

No letter is made before somebody has checked whether the person reads letters, in which language, whether an
interpreter is needed, and whether the letter would reach the home of the adult at risk. What the records say
already is held against the answers, so that a slip is noticed before the letter goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.access import Principal
from domain.blame import is_blaming
from domain.dates import local_date
from domain.dates_in_words import day_in_words
from domain.errors import DomainError
from domain.flag_codes import Category, FlagState
from domain.flag_decisions import WITHHELD
from domain.flag_evidence import PersonSubject
from domain.flag_handling import SOURCE_PROTECTED, Agreement, check_release
from domain.flags import Flag, check_turn
from domain.ids import AgencyCode, FlagId, IncidentId, UserId
from domain.incidents import Incident
from domain.letter_defaults import ALL_PARTNERS, CHALLENGE
from domain.letters import LANGUAGES, Letter, LetterFacts, LetterKind, Templates, write_letter
from domain.persons import NameKind, PersonContent
from domain.problems import Bilingual, Language
from domain.validation import REASON, Faults
from domain.vocabularies import item

LONGEST_ACCOUNT = 500
"""Most characters by which a letter says what happened: enough to recognise it, too few to retell it."""

_SPOKEN_NEED = "verbal-not-written"
_INTERPRETED_NEEDS = frozenset({"translation", "interpretation"})
_TAG = frozenset("abcdefghijklmnopqrstuvwxyz")


class Reading(StrEnum):
    """How the person takes in news: by letter, by letter and in speech, or in speech instead."""

    BY_LETTER = "by-letter"
    LETTER_AND_SPEECH = "letter-and-speech"
    SPEECH_INSTEAD = "speech-instead"


class Route(StrEnum):
    """Which way the news goes."""

    POST = "post"
    BY_HAND = "by-hand"
    MEETING = "meeting"
    TELEPHONE = "telephone"
    REPRESENTATIVE = "representative"


class AdultThere(StrEnum):
    """Whether the adult at risk lives where the news would arrive."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not-known"
    IS_ADDRESSEE = "is-addressee"


class LetterLanguage(StrEnum):
    """In which language the person is told: the recorded choice, or both where none is recorded (W-03)."""

    EN = "en"
    CY = "cy"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCheck:
    """What somebody found out before the letter; `interpreter` is a language tag, `reason` why the route is safe."""

    reading: Reading
    language: LetterLanguage
    route: Route
    adult_there: AdultThere
    interpreter: str | None = None
    reason: str | None = None

    @property
    def languages(self) -> tuple[Language, ...]:
        """List the languages of the letters."""
        if self.language is LetterLanguage.BOTH:
            return LANGUAGES
        return ("cy",) if self.language is LetterLanguage.CY else ("en",)


@dataclass(frozen=True, slots=True)
class ReliedOn:
    """An incident the decision rests on, told to the person in plain words, in each language of the letter.

    `source_checked` says that the words give away nobody who asked to be protected.
    """

    incident_id: IncidentId
    en: str | None = None
    cy: str | None = None
    source_checked: bool = False

    def said(self, language: Language) -> str | None:
        """Give the words in one language; they are never translated by machine (W-05)."""
        return self.cy if language == "cy" else self.en


@dataclass(frozen=True, slots=True)
class PrepareNotice:
    """Ask for the notice of a flag to be made, having checked how it can be delivered.

    `agreements` are those of originators that asked to be consulted before the person hears of what they gave.
    """

    delivery: DeliveryCheck
    relied_on: tuple[ReliedOn, ...]
    contact: Bilingual | None = None
    agreements: tuple[Agreement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the agency's records say: the person, the incidents, who shares a home, and names of agencies."""

    person: PersonContent
    incidents: Mapping[IncidentId, Incident]
    shares_home_with_adult: bool
    agency: Bilingual
    recipients: tuple[Bilingual, ...]
    templates: Templates
    template_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as it was made: the check of its delivery and every word of it (law 6).

    `handling` are the conditions on the flag, for whoever sends the letter; they bind them and not the person, so
    the letter does not show them, and a source that asked for protection is not hinted at.
    """

    id: UUID
    owner_agency: AgencyCode
    flag_id: FlagId
    flag_version: int
    kind: LetterKind
    template_version: int
    delivery: DeliveryCheck
    incidents: tuple[IncidentId, ...]
    letters: tuple[Letter, ...]
    recorded_at: datetime
    recorded_by: UserId
    handling: tuple[str, ...] = ()
    agreements: tuple[Agreement, ...] = ()

    @property
    def is_spoken_only(self) -> bool:
        """Say whether the person is to be told in speech instead of by letter (G-4.2-6)."""
        return self.delivery.reading is Reading.SPEECH_INSTEAD


def prepare(
    notice_id: UUID, flag: Flag, command: PrepareNotice, known: Circumstances, by: Principal, at: datetime
) -> Notice:
    """Make the notice of an active flag, by somebody who did not propose it (F-06, law 5).

    Raises:
        DomainError: `access-denied`, `proposer-cannot-decide`; `flag-state-conflict` for a flag that is not active, is
            on a place, or of which the person is not to be told; `content-invalid`.
    """
    check_turn(flag, by, frozenset({FlagState.ACTIVE}))
    told = flag.notification
    if not isinstance(flag.subject, PersonSubject) or told is None or told.kind in WITHHELD:
        raise DomainError("flag-state-conflict")
    faults, kind = Faults(), _kind(flag)
    _check_delivery(faults, command.delivery, known.person)
    _check_home(faults, command.delivery, flag, known)
    _check_relied_on(faults, command, flag, known)
    check_release(faults, "/agreements", command.agreements, flag.conditions, local_date(at))
    contact = command.contact or known.templates.contact
    if contact is None:
        faults.add("/contact", "required")
    else:
        for language in LANGUAGES:
            faults.line(f"/contact/{language}", contact.said(language))
            _check_tone(faults, f"/contact/{language}", contact.said(language), (language, kind))
    faults.refuse()
    letters = tuple(
        _letter(flag, command, known, kind, (language, contact or known.agency), at)
        for language in command.delivery.languages
    )
    return Notice(
        id=notice_id,
        owner_agency=flag.owner_agency,
        flag_id=flag.id,
        flag_version=flag.version,
        kind=kind,
        template_version=known.template_version,
        delivery=command.delivery,
        incidents=tuple(each.incident_id for each in command.relied_on),
        letters=letters,
        recorded_at=at,
        recorded_by=by.user,
        handling=() if flag.terms is None else flag.terms.handling,
        agreements=command.agreements,
    )


def _kind(flag: Flag) -> LetterKind:
    is_care_need = flag.category is Category.CARE_NEED_BEHAVIOUR
    return LetterKind.CARE_NEED_NOTICE if is_care_need else LetterKind.NOTICE


def _check_delivery(faults: Faults, check: DeliveryCheck, person: PersonContent) -> None:
    """Hold the answers against what is recorded of the person's language and needs."""
    needs = frozenset(person.communication_needs)
    written = check.reading is Reading.BY_LETTER
    faults.unless(not written or _SPOKEN_NEED not in needs, "/delivery/reading", "inconsistent")
    recorded = person.language
    expected = LetterLanguage(recorded) if recorded in set(LANGUAGES) else LetterLanguage.BOTH
    faults.unless(check.language in {expected, LetterLanguage.BOTH}, "/delivery/language", "inconsistent")
    if check.interpreter is None:
        is_foreign = recorded is not None and recorded not in set(LANGUAGES)
        faults.unless(not is_foreign and needs.isdisjoint(_INTERPRETED_NEEDS), "/delivery/interpreter", "required")
    else:
        is_tag = 2 <= len(check.interpreter) <= 3 and _TAG.issuperset(check.interpreter)
        faults.unless(is_tag, "/delivery/interpreter", "pattern")
    by_voice = check.route in {Route.TELEPHONE, Route.MEETING, Route.REPRESENTATIVE}
    faults.unless(by_voice or check.reading is not Reading.SPEECH_INSTEAD, "/delivery/route", "inconsistent")
    faults.unless(not written or check.route is not Route.TELEPHONE, "/delivery/route", "inconsistent")


def _check_home(faults: Faults, check: DeliveryCheck, flag: Flag, known: Circumstances) -> None:
    """Never let a letter reach the home of the adult at risk unthinkingly (F-09)."""
    record = flag.subject.record_id if isinstance(flag.subject, PersonSubject) else None
    adults = {incident.content.adult_at_risk for incident in known.incidents.values()}
    is_addressee = adults == {record}
    answered = check.adult_there is AdultThere.IS_ADDRESSEE
    faults.unless(is_addressee == answered, "/delivery/adultThere", "inconsistent")
    contradicted = check.adult_there is AdultThere.NO and known.shares_home_with_adult
    faults.unless(not contradicted, "/delivery/adultThere", "inconsistent")
    may_reach = check.adult_there in {AdultThere.YES, AdultThere.NOT_KNOWN}
    arrives = check.route in {Route.POST, Route.BY_HAND}
    faults.text("/delivery/reason", check.reason, REASON, required=may_reach and arrives)


def _check_relied_on(faults: Faults, command: PrepareNotice, flag: Flag, known: Circumstances) -> None:
    """Check what is told of each incident: cited by the flag, in each language, giving nobody away, without blame."""
    faults.unless(bool(command.relied_on), "/reliedOn", "required")
    faults.unless(len(command.relied_on) <= len(flag.incidents), "/reliedOn", "too-many")
    seen: set[IncidentId] = set()
    is_protected = flag.terms is not None and SOURCE_PROTECTED in flag.terms.handling
    for place, told in enumerate(command.relied_on[: len(flag.incidents)]):
        pointer = f"/reliedOn/{place}"
        incident = known.incidents.get(told.incident_id)
        faults.unless(incident is not None, f"{pointer}/incidentId", "not-found")
        faults.unless(told.incident_id not in seen, f"{pointer}/incidentId", "duplicate")
        seen.add(told.incident_id)
        if incident is not None and (is_protected or incident.content.source_protected):
            faults.unless(told.source_checked, f"{pointer}/sourceChecked", "required")
        for language in command.delivery.languages:
            _check_words(faults, f"{pointer}/{language}", told.said(language), (language, _kind(flag)))


def _check_words(faults: Faults, pointer: str, words: str | None, letter: tuple[Language, LetterKind]) -> None:
    faults.text(pointer, words, LONGEST_ACCOUNT)
    _check_tone(faults, pointer, words, letter)


def _check_tone(faults: Faults, pointer: str, words: str | None, letter: tuple[Language, LetterKind]) -> None:
    language, kind = letter
    if words is not None and kind is LetterKind.CARE_NEED_NOTICE:
        faults.unless(not is_blaming(words, language), pointer, "blaming-word")


def _letter(
    flag: Flag,
    command: PrepareNotice,
    known: Circumstances,
    kind: LetterKind,
    wording: tuple[Language, Bilingual],
    at: datetime,
) -> Letter:
    language, contact = wording[0], wording[1].said(wording[0])
    recipients = known.recipients if flag.terms and not flag.terms.recipients.all_partners else (ALL_PARTNERS,)
    facts = LetterFacts(
        name=full_name(known.person),
        agency=known.agency.said(language),
        category=item("flag-category", flag.category).label.said(language),
        review="" if flag.review_on is None else day_in_words(flag.review_on).said(language),
        contact=contact,
        reference=str(flag.id),
        incidents=tuple(_told(told, known.incidents, language) for told in command.relied_on),
        recipients=tuple(each.said(language) for each in recipients),
        challenge=tuple(each.said(language).replace("{contact}", contact) for each in CHALLENGE),
    )
    return write_letter(known.templates.of(kind).text(language), facts, language, local_date(at))


def _told(told: ReliedOn, incidents: Mapping[IncidentId, Incident], language: Language) -> str:
    day = local_date(incidents[told.incident_id].content.occurred_at)
    words = " ".join((told.said(language) or "").split())
    return f"{day_in_words(day).said(language)}: {words}"


def full_name(person: PersonContent) -> str:
    """Write the name a person is usually known by."""
    name = next((each for each in person.names if each.kind is NameKind.USUAL), person.names[0])
    return " ".join((*name.given, name.family))
