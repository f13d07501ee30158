"""Which flags the invented region has: one household each, in every state that a flag can be in."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from domain.flag_adults import limits_contact
from domain.flag_decisions import Recipients
from domain.ids import AgencyCode
from services.demo.incidents import PlannedIncident, acts_of_incidents
from services.demo.people import Household
from services.demo.warnings import DOGS, KINDS, KINDS_ALONE, THREAT, Warned

MOST_FLAGS = 63


class Fate(StrEnum):
    """What became of a flag."""

    PROPOSED = "proposed"
    DECLINED = "declined"
    ACTIVE = "active"
    KEPT = "kept"
    REDUCED = "reduced"
    CONTESTED = "contested"
    RESTRICTED = "restricted"
    DUE = "due"
    OVERDUE = "overdue"
    REVIEWED_AWAY = "reviewed-away"
    REMOVED = "removed"
    UPHELD = "upheld"
    IN_ERROR = "in-error"
    WRONG_PERSON = "wrong-person"


_AGES: dict[Fate, tuple[int, int]] = {
    Fate.PROPOSED: (1, 5),
    Fate.DECLINED: (20, 200),
    Fate.ACTIVE: (5, 150),
    Fate.KEPT: (240, 270),
    Fate.REDUCED: (220, 250),
    Fate.CONTESTED: (50, 90),
    Fate.RESTRICTED: (60, 100),
    Fate.DUE: (190, 200),
    Fate.OVERDUE: (250, 270),
    Fate.REVIEWED_AWAY: (270, 280),
    Fate.REMOVED: (120, 170),
    Fate.UPHELD: (160, 180),
    Fate.IN_ERROR: (30, 60),
    Fate.WRONG_PERSON: (20, 50),
}
"""How many days before the load each was decided, at least and less than."""

_EACH = tuple(fate for fate in Fate if fate is not Fate.ACTIVE)
_USUAL = (
    Fate.ACTIVE, Fate.ACTIVE, Fate.PROPOSED, Fate.ACTIVE, Fate.DECLINED, Fate.ACTIVE, Fate.ACTIVE, Fate.CONTESTED,
    Fate.ACTIVE, Fate.KEPT, Fate.ACTIVE, Fate.OVERDUE, Fate.ACTIVE, Fate.REMOVED, Fate.ACTIVE, Fate.IN_ERROR,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FlagStory:
    """One flag to be entered, with the incidents it rests on."""

    household: Household
    kind: Warned
    fate: Fate
    days_ago: int
    recipients: Recipients
    incidents: tuple[PlannedIncident, ...]

    @property
    def name(self) -> str:
        """Name it for its idempotency keys."""
        return f"flag-{self.household.number}"

    @property
    def seen_days_ago(self) -> int | None:
        """Say how many days ago the adult was seen, as the warning asks; of every third nothing is recorded."""
        is_seen = self.fate not in _UNSEEN and self.household.number % 3 != 0 and limits_contact(self.kind.controls)
        return self.days_ago - _SEEN_AFTER if is_seen and self.days_ago > _SEEN_AFTER else None

    @property
    def owner(self) -> AgencyCode:
        """Say whose flag it is."""
        return self.household.lead


_SEEN_AFTER = 8
"""How many days after a decision the adult was seen, where contact was limited and the adult was."""
_UNSEEN = frozenset({Fate.PROPOSED, Fate.DECLINED, Fate.IN_ERROR, Fate.WRONG_PERSON})


def plan_flags(households: Sequence[Household]) -> tuple[FlagStory, ...]:
    """Make up the flags of a region: those of the tour, one of every fate, and then the usual mix."""
    everyone, probation = Recipients(all_partners=True), AgencyCode("probation-wales")
    tour = (
        _story(households[0], THREAT, Fate.ACTIVE, everyone),
        _story(households[1], THREAT, Fate.ACTIVE, Recipients(agencies=frozenset({probation}))),
        _story(households[3], DOGS, Fate.ACTIVE, everyone),
    )
    room = min(MOST_FLAGS - len(tour), len(households) // 2 + 8, len(households) - 4)
    stories: list[FlagStory] = []
    for number, household in enumerate(households[4 : 4 + room]):
        fate = _EACH[number] if number < len(_EACH) else _USUAL[number % len(_USUAL)]
        kinds = KINDS if len(household.people) > 1 else KINDS_ALONE
        stories.append(_story(household, kinds[number % len(kinds)], fate, _recipients(household)))
    return (*tour, *stories)


def _story(household: Household, kind: Warned, fate: Fate, recipients: Recipients) -> FlagStory:
    chance = Random(f"rhannu-flag-{household.number}")
    days_ago = chance.randrange(*_AGES[fate])
    cited = [PlannedIncident(household, kind.scene, days_ago + 6)]
    if chance.random() < 0.4:
        cited.append(PlannedIncident(household, kind.scene, days_ago + chance.randrange(12, 40), 1))
    return FlagStory(household, kind, fate, days_ago, recipients, tuple(cited))


def _recipients(household: Household) -> Recipients:
    chance = Random(f"rhannu-recipients-{household.number}")
    kind = chance.choices(("all", "health", "blue-light", "owner"), (55, 20, 15, 10))[0]
    named = {
        "health": {"abuhb", "wast"},
        "blue-light": {"gwent-police", "wast", "swfrs"},
        "owner": {str(household.lead)},
    }
    if kind == "all":
        return Recipients(all_partners=True)
    return Recipients(agencies=frozenset(map(AgencyCode, named[kind])))


def acts_of_flag(story: FlagStory) -> int:
    """Count the acts that telling a story takes."""
    after = {
        Fate.PROPOSED: 0,
        Fate.DECLINED: 1,
        Fate.ACTIVE: 1,
        Fate.DUE: 1,
        Fate.OVERDUE: 1,
        Fate.CONTESTED: 3,
        Fate.UPHELD: 5,
    }
    seen = 0 if story.seen_days_ago is None else 1
    return acts_of_incidents(story.incidents) + 1 + after.get(story.fate, 2) + seen
