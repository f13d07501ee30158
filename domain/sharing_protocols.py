"""Information sharing protocols: what partners agreed may flow between them, and whether it holds today (WASPI).

A protocol is drafted and assured by two administrators of the Board, signed by each partner for itself, and lets
information flow between those who signed, from the day it comes into force until it lapses or ends. Its terms never
change once it is assured: a successor takes its place. Ending what is in force takes a review begun by somebody else,
because warnings fall back to a telephone number at that moment.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.access import Principal
from domain.dates import local_date
from domain.errors import DomainError, invalid
from domain.flag_decisions import Signature, sign
from domain.ids import AgencyCode, ProtocolId
from domain.sharing_protocol_terms import FEWEST_PARTNERS, ProtocolTerms, check_terms
from domain.validation import LINE, REASON, Faults


class ProtocolState(StrEnum):
    """Codes of `protocol-status`."""

    DRAFT = "draft"
    ASSURED = "assured"
    IN_FORCE = "in-force"
    UNDER_REVIEW = "under-review"
    ENDED = "ended"


_S = ProtocolState
FLOWING = frozenset({_S.IN_FORCE, _S.UNDER_REVIEW})
"""States in which information flows: a review does not stop it."""
SIGNABLE = FLOWING | {_S.ASSURED}


@dataclass(frozen=True, slots=True)
class ProtocolReview:
    """A review of a protocol in force: who began it, and what came of it; None while it is held."""

    reason: str
    begun: Signature
    outcome: str | None = None
    renewed: Signature | None = None


@dataclass(frozen=True, slots=True)
class ProtocolEnding:
    """That a protocol ended, and why; `successor` took its place."""

    reason: str
    signed: Signature
    successor: ProtocolId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingProtocol:
    """One version of a protocol; `owner_agency` is the Board that keeps it."""

    id: ProtocolId
    owner_agency: AgencyCode
    version: int
    state: ProtocolState
    terms: ProtocolTerms
    drafted: Signature
    changed: Signature
    supersedes: ProtocolId | None = None
    assured: Signature | None = None
    in_force: Signature | None = None
    reviews: tuple[ProtocolReview, ...] = ()
    ended: ProtocolEnding | None = None

    @property
    def agencies(self) -> frozenset[AgencyCode]:
        """Name every partner."""
        return frozenset(partner.agency for partner in self.terms.partners)

    def has_lapsed(self, today: date) -> bool:
        """Say whether its last day is over."""
        return self.terms.runs_until is not None and today > self.terms.runs_until

    def is_flowing(self, today: date) -> bool:
        """Say whether information flows under it today, between those who signed."""
        return self.state in FLOWING and not self.has_lapsed(today)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolSignature:
    """That an agency signed, in whose person and post, and that it left again; it may sign anew."""

    id: UUID
    protocol_id: ProtocolId
    agency: AgencyCode
    post: str
    signed: Signature
    left: Signature | None = None
    left_reason: str | None = None


@dataclass(frozen=True, slots=True)
class DraftProtocol:
    """The terms of a new protocol, and which one it is to take the place of."""

    terms: ProtocolTerms
    supersedes: ProtocolId | None = None


@dataclass(frozen=True, slots=True)
class RenewProtocol:
    """What a review came to: that the protocol goes on, until when it is reviewed again and until when it runs."""

    reason: str
    review_due: date
    runs_until: date | None = None


def signed_now(signatures: Iterable[ProtocolSignature]) -> frozenset[AgencyCode]:
    """Name the partners who have signed and not left."""
    return frozenset(each.agency for each in signatures if each.left is None)


def draft(new_id: ProtocolId, command: DraftProtocol, by: Principal, at: datetime) -> SharingProtocol:
    """Draft a protocol.

    Raises:
        DomainError: `content-invalid`.
    """
    check_terms(command.terms, local_date(at))
    signed = sign(by, at)
    return SharingProtocol(
        id=new_id,
        owner_agency=by.agency,
        version=1,
        state=_S.DRAFT,
        terms=command.terms,
        supersedes=command.supersedes,
        drafted=signed,
        changed=signed,
    )


def amend(protocol: SharingProtocol, terms: ProtocolTerms, by: Principal, at: datetime) -> SharingProtocol:
    """Put other terms in the place of a draft's; what is assured is not changed but succeeded.

    Raises:
        DomainError: `access-denied`, `protocol-state-conflict`, `content-invalid`.
    """
    _in_state(protocol, by, _S.DRAFT)
    check_terms(terms, local_date(at))
    return replace(_next(protocol, by, at), terms=terms)


def assure(protocol: SharingProtocol, by: Principal, at: datetime) -> SharingProtocol:
    """Assure the quality of a draft: somebody else than who drafted it or changed it last (law 5).

    Raises:
        DomainError: `access-denied`, `protocol-state-conflict`, `protocol-needs-another`.
    """
    _in_state(protocol, by, _S.DRAFT)
    _by_another(by, protocol.drafted, protocol.changed)
    return replace(_next(protocol, by, at), state=_S.ASSURED, assured=sign(by, at))


def bring_into_force(
    protocol: SharingProtocol, signatures: Iterable[ProtocolSignature], by: Principal, at: datetime
) -> SharingProtocol:
    """Let information flow from now on between the partners who have signed.

    Raises:
        DomainError: `access-denied`, `protocol-state-conflict`, `protocol-unsigned`, `content-invalid` where its
            review or its end has come meanwhile.
    """
    _in_state(protocol, by, _S.ASSURED)
    if len(signed_now(signatures)) < FEWEST_PARTNERS:
        raise DomainError("protocol-unsigned")
    today = local_date(at)
    if protocol.has_lapsed(today) or protocol.terms.review_due <= today:
        raise invalid(("/reviewDue", "in-past"))
    return replace(_next(protocol, by, at), state=_S.IN_FORCE, in_force=sign(by, at))


def begin_review(protocol: SharingProtocol, reason: str, by: Principal, at: datetime) -> SharingProtocol:
    """Begin to review a protocol in force; information flows on meanwhile.

    Raises:
        DomainError: `access-denied`, `protocol-state-conflict`, `content-invalid`.
    """
    _in_state(protocol, by, _S.IN_FORCE)
    _check_reason(reason)
    review = ProtocolReview(reason, sign(by, at))
    return replace(_next(protocol, by, at), state=_S.UNDER_REVIEW, reviews=(*protocol.reviews, review))


def renew(protocol: SharingProtocol, command: RenewProtocol, by: Principal, at: datetime) -> SharingProtocol:
    """End a review by letting the protocol go on; somebody else than who began the review.

    Raises:
        DomainError: `access-denied`, `protocol-state-conflict`, `protocol-needs-another`, `content-invalid`.
    """
    _in_state(protocol, by, _S.UNDER_REVIEW)
    review = protocol.reviews[-1]
    _by_another(by, review.begun)
    terms = replace(protocol.terms, review_due=command.review_due, runs_until=command.runs_until)
    faults = Faults()
    faults.text("/reason", command.reason, REASON)
    terms.check_days(faults, local_date(at))
    faults.refuse()
    held = replace(review, outcome=command.reason, renewed=sign(by, at))
    return replace(_next(protocol, by, at), state=_S.IN_FORCE, terms=terms, reviews=(*protocol.reviews[:-1], held))


def end(
    protocol: SharingProtocol, reason: str, by: Principal, at: datetime, successor: ProtocolId | None = None
) -> SharingProtocol:
    """End a protocol at once; one in force only by somebody else than who began its review, or by its successor.

    Raises:
        DomainError: `access-denied`, `protocol-state-conflict`, `protocol-needs-another`, `content-invalid`.
    """
    _in_state(protocol, by, *(SIGNABLE if successor else {_S.DRAFT, _S.ASSURED, _S.UNDER_REVIEW}))
    if successor is None and protocol.state is _S.UNDER_REVIEW:
        _by_another(by, protocol.reviews[-1].begun)
    _check_reason(reason)
    return replace(_next(protocol, by, at), state=_S.ENDED, ended=ProtocolEnding(reason, sign(by, at), successor))


def sign_protocol(
    protocol: SharingProtocol,
    signatures: Iterable[ProtocolSignature],
    new: tuple[UUID, str],
    by: Principal,
    at: datetime,
) -> ProtocolSignature:
    """Sign for the agency acted for, in a post; `new` gives the signature's id and that post.

    Raises:
        DomainError: `access-denied` for no partner, `protocol-state-conflict`, `content-invalid`.
    """
    if by.is_team or by.agency not in protocol.agencies:
        raise DomainError("access-denied")
    if protocol.state not in SIGNABLE or protocol.has_lapsed(local_date(at)) or by.agency in signed_now(signatures):
        raise DomainError("protocol-state-conflict")
    new_id, post = new
    faults = Faults()
    faults.line("/post", post, LINE)
    faults.refuse()
    return ProtocolSignature(id=new_id, protocol_id=protocol.id, agency=by.agency, post=post, signed=sign(by, at))


def leave(signatures: Iterable[ProtocolSignature], reason: str, by: Principal, at: datetime) -> ProtocolSignature:
    """Leave a protocol: what flowed from and to the agency under it ends at once.

    Raises:
        DomainError: `access-denied` for a team, `protocol-state-conflict` where it has not signed, `content-invalid`.
    """
    if by.is_team:
        raise DomainError("access-denied")
    own = next((each for each in signatures if each.agency == by.agency and each.left is None), None)
    if own is None:
        raise DomainError("protocol-state-conflict")
    _check_reason(reason)
    return replace(own, left=sign(by, at), left_reason=reason)


def _in_state(protocol: SharingProtocol, by: Principal, *states: ProtocolState) -> None:
    if by.is_team or by.agency != protocol.owner_agency:
        raise DomainError("access-denied")
    if protocol.state not in states:
        raise DomainError("protocol-state-conflict")


def _by_another(by: Principal, *signed: Signature) -> None:
    if any(by.is_one_with(each.user, each.human) for each in signed):
        raise DomainError("protocol-needs-another")


def _check_reason(reason: str) -> None:
    faults = Faults()
    faults.text("/reason", reason, REASON)
    faults.refuse()


def _next(protocol: SharingProtocol, by: Principal, at: datetime) -> SharingProtocol:
    return replace(protocol, version=protocol.version + 1, changed=sign(by, at))
