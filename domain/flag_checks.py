"""The flag check: what is asked, and how an answer is put together (law 10).

Five outcomes and never a bare "none". An answer says what to do, when it was checked and until
when it holds; absence of a warning is never worded as safety, and doubt about who is meant is
an outcome of its own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.errors import DomainError, FieldIssue
from domain.flag_codes import Badge, Category, FlagState
from domain.flag_decisions import ControlSentence
from domain.flags import Flag, badges
from domain.identity import Certainty
from domain.identity_keys import Identity, validate_query
from domain.ids import AgencyCode, FlagId, RecordId
from domain.problems import Bilingual
from domain.validation import Faults
from domain.visibility import Tier

MOST_ENTRIES = 500

LOOK_AHEAD = timedelta(days=31)
"""How far ahead a contact may lie: an earlier answer would be long out of date by then."""

VALID_FOR = timedelta(hours=12)
"""How long an answer holds: one long shift.

A list checked at six in the evening holds until six in the morning; it is asked again before setting out.
Flags made meanwhile reach their recipients as events, but nobody is sent word that `no-warning-known` has
stopped being true.
"""


class Outcome(StrEnum):
    """Codes of `check-outcome`."""

    WARNINGS = "warnings"
    CONTACT_BEFORE_VISIT = "contact-before-visit"
    NO_WARNING_KNOWN = "no-warning-known"
    REFINE = "refine"
    UNAVAILABLE = "unavailable"


SENTENCES: dict[Outcome, Bilingual] = {
    Outcome.WARNINGS: Bilingual(
        "Do what each warning says before and during contact. There may be risks that are not listed.",
        "Gwnewch yr hyn a ddywed pob rhybudd cyn ac yn ystod y cyswllt. Gall fod risgiau nad ydynt wedi'u rhestru.",
    ),
    Outcome.CONTACT_BEFORE_VISIT: Bilingual(
        "Do not make contact yet: ring the number given first and ask what to do.",
        "Peidiwch â chysylltu eto: ffoniwch y rhif a roddir yn gyntaf a gofynnwch beth i'w wneud.",
    ),
    Outcome.NO_WARNING_KNOWN: Bilingual(
        "No warning is known in the registers covered. This does not show that it is safe: "
        "assess the risk as for any visit.",
        "Nid oes rhybudd hysbys yn y cofrestrau dan sylw. Nid yw hyn yn dangos ei bod yn ddiogel: "
        "aseswch y risg fel ar gyfer unrhyw ymweliad.",
    ),
    Outcome.REFINE: Bilingual(
        "It is not certain who is meant. Give more details or ring the duty desk; until then treat the risk as "
        "unknown.",
        "Nid yw'n sicr pwy a olygir. Rhowch ragor o fanylion neu ffoniwch y ddesg ddyletswydd; tan hynny dylech drin "
        "y risg fel un anhysbys.",
    ),
    Outcome.UNAVAILABLE: Bilingual(
        "The risk is unknown because the check could not be made. Follow your lone-worker procedure and ring the "
        "number given.",
        "Mae'r risg yn anhysbys am na ellid gwneud y gwiriad. Dilynwch eich trefn gweithio ar eich pen eich hun a "
        "ffoniwch y rhif a roddir.",
    ),
}
"""What to do, for each outcome."""

RING_YOUR_OWN = Bilingual(
    "The risk is unknown because the check could not be made, and no number is known here. Follow your lone-worker "
    "procedure and ring the duty number you keep a copy of.",
    "Mae'r risg yn anhysbys am na ellid gwneud y gwiriad, ac nid oes rhif yn hysbys yma. Dilynwch eich trefn gweithio "
    "ar eich pen eich hun a ffoniwch y rhif dyletswydd y cadwch gopi ohono.",
)
"""Said in place of the sentence of `unavailable` where no number can be given."""

ALSO_CONTACT = Bilingual(
    "Besides this, ring the number given before you make contact: there is more to ask about.",
    "Yn ogystal â hyn, ffoniwch y rhif a roddir cyn i chi gysylltu: mae rhagor i holi yn ei gylch.",
)
"""Added to an outcome that is not `contact-before-visit` itself, where something hidden calls for it."""

ALSO_REFINE = Bilingual(
    "Besides this, someone with almost the same details may be meant: check them, or ring the duty desk.",
    "Yn ogystal â hyn, efallai mai rhywun â manylion bron yr un fath a olygir: gwiriwch nhw, neu "
    "ffoniwch y ddesg ddyletswydd.",
)
"""Added to an outcome that is not `refine` itself, where a near miss is warned of."""


@dataclass(frozen=True, slots=True)
class CheckEntry:
    """One line of a list: a person, by record id or by identity, or a place, or a person at a place.

    `reference` is the caller's own name for the line, given back with its answer.
    """

    reference: str = ""
    record_id: RecordId | None = None
    identity: Identity | None = None
    uprn: str | None = None


@dataclass(frozen=True, slots=True)
class RunCheck:
    """Check a list before contact on a day (today where none is given), for which dated links are followed."""

    entries: tuple[CheckEntry, ...]
    contact_on: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one entry, and what else the reader must be told beside it."""

    outcome: Outcome
    contact_before_visit: bool = False
    refine: bool = False

    @property
    def sentences(self) -> tuple[Bilingual, ...]:
        """Say in plain words what to do, the outcome's own sentence first."""
        also_contact = self.contact_before_visit and self.outcome is not Outcome.CONTACT_BEFORE_VISIT
        also_refine = self.refine and self.outcome is not Outcome.REFINE
        extras = ((also_contact, ALSO_CONTACT), (also_refine, ALSO_REFINE))
        return (SENTENCES[self.outcome], *(sentence for said, sentence in extras if said))


def sentences_when_unavailable(*, number_given: bool) -> tuple[Bilingual, ...]:
    """Say in plain words what to do when a check could not be made at all."""
    return (SENTENCES[Outcome.UNAVAILABLE] if number_given else RING_YOUR_OWN,)


@dataclass(frozen=True, slots=True)
class Precaution:
    """All that a front-line reader sees of a flag: what to do, and whom to ring, not the story (law 7).

    `contact` is the owner's number that answers day and night.
    """

    flag_id: FlagId
    flag_version: int
    owner_agency: AgencyCode
    category: Category
    controls: tuple[str, ...]
    sentence: ControlSentence
    state: FlagState
    badges: frozenset[Badge]
    review_on: date
    contact: str


def validate_check(command: RunCheck, today: date) -> None:
    """Refuse a list that cannot be checked; details that are merely too few are answered with `refine`.

    Raises:
        DomainError: `content-invalid`, naming each entry by its place.
    """
    faults = Faults()
    faults.unless(bool(command.entries), "/entries", "too-few")
    faults.unless(len(command.entries) <= MOST_ENTRIES, "/entries", "too-many")
    if command.contact_on is not None:
        faults.unless(command.contact_on >= today, "/contactOn", "in-past")
        faults.unless(command.contact_on <= today + LOOK_AHEAD, "/contactOn", "out-of-range")
    for place, entry in enumerate(command.entries[:MOST_ENTRIES]):
        _check_entry(faults, f"/entries/{place}", entry)
    faults.refuse()


def _check_entry(faults: Faults, pointer: str, entry: CheckEntry) -> None:
    if entry.record_id is not None and entry.identity is not None:
        faults.add(f"{pointer}/identity", "inconsistent")
    if entry.record_id is None and entry.identity is None and entry.uprn is None:
        faults.add(pointer, "required")
    if entry.uprn is not None:
        faults.uprn(f"{pointer}/uprn", entry.uprn)


def identity_faults(identity: Identity, today: date) -> tuple[FieldIssue, ...]:
    """Name what is malformed in one line's identity; such a line is answered `refine`, with these.

    A slip in one line must not leave the other 499 unchecked on a Friday evening.
    """
    try:
        validate_query(identity, today=today)
    except DomainError as refusal:
        return refusal.issues
    return ()


def outcome_of(
    certainty: Certainty, tiers: Collection[Tier], possible: Collection[Tier] = (), *, registers_read: bool = True
) -> Verdict:
    """Put the outcome for one entry together.

    Args:
        certainty: how sure it is who is meant; certain for a record id or a place alone.
        tiers: what the caller sees of each live flag that warns of this contact: on the person if certain, on
            the place, and through links from either.
        possible: the same for people who are near misses beside a certain person.
        registers_read: whether every register could be read.

    A warning seen goes before a warning hidden, and the hidden one is said beside it. While a near miss is
    warned of, `no-warning-known` is never the answer, since a slip in one record would then be an all-clear.
    Doubt about who is meant hides no warning on the place, but it is the outcome, because the person remains
    unchecked.
    """
    if not registers_read:
        return Verdict(Outcome.UNAVAILABLE)
    contact = Tier.EXISTS in tiers
    near = any(tier > Tier.ABSENT for tier in possible)
    if certainty is Certainty.REFINE:
        return Verdict(Outcome.REFINE, contact, refine=True)
    if any(tier >= Tier.PRECAUTION for tier in tiers):
        return Verdict(Outcome.WARNINGS, contact, near)
    if contact:
        return Verdict(Outcome.CONTACT_BEFORE_VISIT, contact, near)
    return Verdict(Outcome.REFINE if near else Outcome.NO_WARNING_KNOWN, refine=near)


def valid_until(outcome: Outcome, checked_at: datetime) -> datetime:
    """Say until when an answer holds; where nothing was answered there is nothing to hold."""
    holds = outcome not in {Outcome.REFINE, Outcome.UNAVAILABLE}
    return checked_at + VALID_FOR if holds else checked_at


def precaution_of(flag: Flag, today: date, contact: str) -> Precaution:
    """Take from a live flag what a front-line reader sees: as decided, or as an older register says until then.

    Raises:
        ValueError: the flag says nothing to anyone yet, or no longer; callers ask for its tier first.
    """
    said = flag.terms or flag.legacy
    if not flag.is_live or said is None or flag.review_on is None:
        raise ValueError("only a live flag with terms has a precaution to show")
    return Precaution(
        flag_id=flag.id,
        flag_version=flag.version,
        owner_agency=flag.owner_agency,
        category=flag.category,
        controls=said.controls,
        sentence=said.sentence,
        state=flag.state,
        badges=badges(flag, today),
        review_on=flag.review_on,
        contact=contact,
    )
