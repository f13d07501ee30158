"""Who sees how much of a flag: the rule as a value and a pure function (laws 3, 4, 7).

The queries say the same in SQL, because a check must not fetch what it may not show; this
function is the oracle that they are tested against. Until protocols exist, the recipients named
in the decision see the precaution, and narrative stays with the owner.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from domain.access import ALERTING_PURPOSES, Permission, Principal, Purpose, Role, permissions_of
from domain.flag_codes import ALERTING_CATEGORIES, Category, FlagState
from domain.flag_decisions import Recipients
from domain.flag_reservations import is_open_to
from domain.flags import REVIEW_GRACE, Flag
from domain.ids import AgencyCode


class Tier(IntEnum):
    """How much is seen, in rising order."""

    ABSENT = 0
    """Nothing, in no way different from a flag that does not exist."""
    EXISTS = 1
    """That there is a reason to ring before contact, and nothing about it: `contact-before-visit`."""
    PRECAUTION = 2
    """Category, what to do, state, badges and review date."""
    FULL = 3
    """The decision with its reasons and the incidents cited."""


_READS_PRECAUTION = frozenset({Permission.CHECK_RUN, Permission.FLAG_READ, Permission.SUMMARY_READ})
_READS_NARRATIVE = Permission.FLAG_READ


@dataclass(frozen=True, slots=True)
class Visibility:
    """Who looks: for which agency, in which roles, for which purpose."""

    agency: AgencyCode
    roles: frozenset[Role]
    purpose: Purpose

    @property
    def reads_precaution(self) -> bool:
        """Say whether any role held may read what to do."""
        return not permissions_of(self.roles).isdisjoint(_READS_PRECAUTION)

    @property
    def reads_narrative(self) -> bool:
        """Say whether any role held carries the second permission, the one for the story (F-04)."""
        return _READS_NARRATIVE in permissions_of(self.roles)

    @property
    def is_alerted(self) -> bool:
        """Say whether the purpose is one for which hidden danger still yields a telephone number (law 4)."""
        return self.purpose in ALERTING_PURPOSES


@dataclass(frozen=True, slots=True)
class FlagFacts:
    """All of a flag that decides who sees it.

    `recipients` and `review_on` are None until it is decided; `is_legacy` says that it was taken over from an older
    register and nobody has reviewed it; `reserved_for` names the roles that alone may see its category.
    """

    owner: AgencyCode
    state: FlagState
    category: Category
    recipients: Recipients | None
    review_on: date | None
    restricted: bool = False
    is_legacy: bool = False
    reserved_for: frozenset[Role] | None = None


def visibility_of(principal: Principal) -> Visibility:
    """Take from a principal what decides visibility."""
    return Visibility(principal.agency, principal.roles, principal.purpose)


def facts_of(flag: Flag, reserved_for: frozenset[Role] | None = None) -> FlagFacts:
    """Take from a flag what decides who sees it; the roles its category is kept to are the owner's setting."""
    return FlagFacts(
        owner=flag.owner_agency,
        state=flag.state,
        category=flag.category,
        recipients=None if flag.terms is None else flag.terms.recipients,
        review_on=flag.review_on,
        restricted=flag.restricted,
        is_legacy=flag.is_legacy,
        reserved_for=reserved_for,
    )


def tier_for(flag: FlagFacts, visibility: Visibility, *, holder: bool, today: date) -> Tier:
    """Say how much of a flag someone sees today.

    `holder` says whether the viewer's agency stands in the flag's recipient ledger. The owner's readers see
    the flag in every state, its checks only while it is live. Others see active flags alone: recipients the
    precaution, unless it is restricted, or overdue beyond the grace and new to them (F-12), when they are told
    to ring; and those who are no recipients at most that, for the narrow exception of law 4. What nobody has
    decided here, a provisional marker or an unreviewed one of an older register, tells partners at most to ring.
    A reserved category is hidden, like another agency's, from all but its roles.
    """
    if not visibility.reads_precaution:
        return Tier.ABSENT
    if not is_open_to(flag.reserved_for, visibility.roles):
        return _strangers_tier(flag, visibility)
    if visibility.agency == flag.owner:
        return _owners_tier(flag, visibility)
    return _partners_tier(flag, visibility, holder=holder, today=today)


def _partners_tier(flag: FlagFacts, visibility: Visibility, *, holder: bool, today: date) -> Tier:
    if flag.state is FlagState.PROVISIONAL or (flag.is_legacy and flag.state is FlagState.ACTIVE):
        return Tier.EXISTS if visibility.is_alerted else Tier.ABSENT
    named = flag.recipients is not None and flag.recipients.include(visibility.agency)
    if named and flag.state is FlagState.ACTIVE:
        return _recipients_tier(flag, holder=holder, today=today)
    return _strangers_tier(flag, visibility)


def _strangers_tier(flag: FlagFacts, visibility: Visibility) -> Tier:
    """Say what those see who may not read the flag: where a live warning is grave enough, that they should ring."""
    grave = flag.state is FlagState.ACTIVE and flag.category in ALERTING_CATEGORIES
    return Tier.EXISTS if grave and visibility.is_alerted else Tier.ABSENT


def _owners_tier(flag: FlagFacts, visibility: Visibility) -> Tier:
    if visibility.reads_narrative:
        return Tier.FULL
    live = flag.state in {FlagState.ACTIVE, FlagState.PROVISIONAL}
    return Tier.PRECAUTION if live else Tier.ABSENT


def _recipients_tier(flag: FlagFacts, *, holder: bool, today: date) -> Tier:
    in_grace = flag.review_on is not None and today <= flag.review_on + REVIEW_GRACE
    return Tier.PRECAUTION if not flag.restricted and (holder or in_grace) else Tier.EXISTS
