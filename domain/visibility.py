"""Who sees how much of a flag: the rule as a value and a pure function (laws 3, 4, 7).

The queries say the same in SQL, because a check must not fetch what it may not show; this
function is the oracle that they are tested against. Recipients named in the decision see the
precaution where a flow of a protocol in force lets it pass, and narrative stays with the owner.
Each ruling says which rule decided, so that it can be explained to the owner afterwards.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

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


class VisibilityRule(StrEnum):
    """Which rule decided how much of a flag somebody sees; the codes that an explanation gives."""

    ROLE_READS_NONE = "role-reads-none"
    CATEGORY_RESERVED = "category-reserved"
    OWNER_READS_ALL = "owner-reads-all"
    OWNER_READS_LIVE = "owner-reads-live"
    NOT_LIVE = "not-live"
    UNDECIDED = "undecided"
    NOT_A_RECIPIENT = "not-a-recipient"
    NO_FLOW = "no-flow"
    RESTRICTED = "restricted"
    REVIEW_OVERDUE = "review-overdue"
    RECIPIENT_WITH_FLOW = "recipient-with-flow"


@dataclass(frozen=True, slots=True)
class Ruling:
    """How much is seen, and which rule said so."""

    tier: Tier
    rule: VisibilityRule


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


def tier_for(flag: FlagFacts, visibility: Visibility, *, holder: bool, flow: bool, today: date) -> Tier:
    """Say how much of a flag someone sees today, as `ruling_on` decides it."""
    return ruling_on(flag, visibility, holder=holder, flow=flow, today=today).tier


def ruling_on(flag: FlagFacts, visibility: Visibility, *, holder: bool, flow: bool, today: date) -> Ruling:
    """Decide how much of a flag someone sees today, and by which rule.

    `holder` says whether the viewer's agency stands in the flag's recipient ledger; `flow` whether a flow of a
    protocol in force lets the owner pass risk and precautions to that agency for this purpose. The owner's readers see
    the flag in every state, its checks only while it is live. Others see active flags alone: recipients the
    precaution where there is a flow, unless it is restricted, or overdue beyond the grace and new to them (F-12), when
    they are told to ring. A recipient without a flow is told to ring about grave danger, whatever the purpose, because
    a protocol that ended must not make a warning silent; those who are no recipients at most that, for the narrow
    exception of law 4. What nobody has decided here, a provisional marker or an unreviewed one of an older register,
    tells partners at most to ring. A reserved category is hidden, like another agency's, from all but its roles.
    """
    if not visibility.reads_precaution:
        return Ruling(Tier.ABSENT, VisibilityRule.ROLE_READS_NONE)
    if not is_open_to(flag.reserved_for, visibility.roles):
        return Ruling(_strangers_tier(flag, visibility), VisibilityRule.CATEGORY_RESERVED)
    if visibility.agency == flag.owner:
        return _owners_ruling(flag, visibility)
    return _partners_ruling(flag, visibility, holder=holder, flow=flow, today=today)


def _partners_ruling(flag: FlagFacts, visibility: Visibility, *, holder: bool, flow: bool, today: date) -> Ruling:
    if flag.state is FlagState.PROVISIONAL or (flag.is_legacy and flag.state is FlagState.ACTIVE):
        return Ruling(Tier.EXISTS if visibility.is_alerted else Tier.ABSENT, VisibilityRule.UNDECIDED)
    if flag.state is not FlagState.ACTIVE:
        return Ruling(Tier.ABSENT, VisibilityRule.NOT_LIVE)
    if flag.recipients is None or not flag.recipients.include(visibility.agency):
        return Ruling(_strangers_tier(flag, visibility), VisibilityRule.NOT_A_RECIPIENT)
    if not flow:
        grave = flag.category in ALERTING_CATEGORIES
        return Ruling(Tier.EXISTS if grave else Tier.ABSENT, VisibilityRule.NO_FLOW)
    return _recipients_ruling(flag, holder=holder, today=today)


def _strangers_tier(flag: FlagFacts, visibility: Visibility) -> Tier:
    """Say what those see who may not read the flag: where a live warning is grave enough, that they should ring."""
    grave = flag.state is FlagState.ACTIVE and flag.category in ALERTING_CATEGORIES
    return Tier.EXISTS if grave and visibility.is_alerted else Tier.ABSENT


def _owners_ruling(flag: FlagFacts, visibility: Visibility) -> Ruling:
    if visibility.reads_narrative:
        return Ruling(Tier.FULL, VisibilityRule.OWNER_READS_ALL)
    if flag.state in {FlagState.ACTIVE, FlagState.PROVISIONAL}:
        return Ruling(Tier.PRECAUTION, VisibilityRule.OWNER_READS_LIVE)
    return Ruling(Tier.ABSENT, VisibilityRule.NOT_LIVE)


def _recipients_ruling(flag: FlagFacts, *, holder: bool, today: date) -> Ruling:
    if flag.restricted:
        return Ruling(Tier.EXISTS, VisibilityRule.RESTRICTED)
    in_grace = flag.review_on is not None and today <= flag.review_on + REVIEW_GRACE
    if not (holder or in_grace):
        return Ruling(Tier.EXISTS, VisibilityRule.REVIEW_OVERDUE)
    return Ruling(Tier.PRECAUTION, VisibilityRule.RECIPIENT_WITH_FLOW)
