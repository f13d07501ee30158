"""Why an event shows what it shows: which rule refused, hid or narrowed, as a data protection officer may ask.

Nothing is decided here. A refusal is traced to the row of the table that refused; a flag to the ruling of
`domain.visibility` on the facts as they were when it was looked for; fields to the registry.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from domain.access import PURPOSES, Permission, Purpose, Role, permissions_of, roles_with
from domain.audit import AuditEvent
from domain.bilingual import Bilingual
from domain.fields import Shown
from domain.ids import FlagId, RecordId
from domain.visibility import Tier, VisibilityRule


class RefusalRule(StrEnum):
    """Which rule refused."""

    ROLE_LACKS_PERMISSION = "role-lacks-permission"
    STANDING_OR_SCOPE = "standing-or-scope"
    PURPOSE_NOT_PERMITTED = "purpose-not-permitted"
    HIDDEN_OR_ABSENT = "hidden-or-absent"
    STATED_RULE = "stated-rule"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was refused: the problem given, the rule, and what would have been needed."""

    code: str
    rule: RefusalRule
    needs: tuple[Permission, ...] = ()
    roles: tuple[Role, ...] = ()
    purposes: tuple[Purpose, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedFlag:
    """How much of an own flag the caller was told, and by which rule, on the facts of that moment.

    `about` is the own record of its person, for the trail.
    """

    flag_id: FlagId
    version: int
    tier: Tier
    rule: VisibilityRule
    about: RecordId | None = None


@dataclass(frozen=True, slots=True)
class ExplainedField:
    """That a class of field of a record was masked or left out, by the field registry."""

    record: str
    field: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that narrowed what an event shows; empty where nothing did."""

    event: AuditEvent
    refusal: Refusal | None
    flags: tuple[ExplainedFlag, ...]
    fields: tuple[ExplainedField, ...]


def refusal_of(event: AuditEvent, permissions: Collection[Permission], held: frozenset[Role]) -> Refusal | None:
    """Trace a refusal to the rule that made it.

    `permissions` are those that the refused action asks for, `held` the roles that the caller held there then.

    None where nothing was refused.
    """
    if not event.reason:
        return None
    needs = tuple(sorted(permissions))
    if event.reason == "access-denied":
        lacking = bool(permissions) and permissions_of(held).isdisjoint(permissions)
        rule = RefusalRule.ROLE_LACKS_PERMISSION if lacking else RefusalRule.STANDING_OR_SCOPE
        carrying = frozenset[Role]().union(*(roles_with(each) for each in permissions))
        return Refusal(event.reason, rule, needs, tuple(sorted(carrying)))
    if event.reason == "purpose-not-permitted":
        allowed = frozenset[Purpose]().union(*(PURPOSES[each] for each in permissions))
        return Refusal(event.reason, RefusalRule.PURPOSE_NOT_PERMITTED, needs, (), tuple(sorted(allowed)))
    if event.reason == "not-found":
        return Refusal(event.reason, RefusalRule.HIDDEN_OR_ABSENT)
    return Refusal(event.reason, RefusalRule.STATED_RULE)


REFUSAL_RULES: dict[RefusalRule, Bilingual] = {
    RefusalRule.ROLE_LACKS_PERMISSION: Bilingual(
        "No role that the caller held there carries the permission.",
        "Nid oes yr un rôl a oedd gan y galwr yno yn cario'r caniatâd.",
    ),
    RefusalRule.STANDING_OR_SCOPE: Bilingual(
        "The caller had no standing there, the system's scopes do not cover it, or it is another's to change.",
        "Nid oedd gan y galwr statws yno, nid yw cwmpasau'r system yn ei gynnwys, neu eiddo arall ydyw i'w newid.",
    ),
    RefusalRule.PURPOSE_NOT_PERMITTED: Bilingual(
        "The stated purpose does not serve this.", "Nid yw'r diben a nodwyd yn cyfiawnhau hyn."
    ),
    RefusalRule.HIDDEN_OR_ABSENT: Bilingual(
        "There is no such record, or the caller may not know of it: both are answered alike.",
        "Nid oes cofnod o'r fath, neu ni chaiff y galwr wybod amdano: atebir y ddau yr un fath.",
    ),
    RefusalRule.STATED_RULE: Bilingual(
        "The problem that was given says which rule it was.", "Mae'r broblem a roddwyd yn dweud pa reol ydoedd."
    ),
}
VISIBILITY_RULES: dict[VisibilityRule, Bilingual] = {
    VisibilityRule.ROLE_READS_NONE: Bilingual(
        "No role of the caller's reads warnings.", "Nid yw'r un rôl sydd gan y galwr yn darllen rhybuddion."
    ),
    VisibilityRule.CATEGORY_RESERVED: Bilingual(
        "Its owner keeps such a warning, or the person, to named roles.",
        "Mae ei berchennog yn cadw rhybudd o'r fath, neu'r person, i rolau a enwir.",
    ),
    VisibilityRule.OWNER_READS_ALL: Bilingual(
        "Readers of the owner's read all of it.", "Mae darllenwyr y perchennog yn darllen y cyfan."
    ),
    VisibilityRule.OWNER_READS_LIVE: Bilingual(
        "The owner's people read live warnings.", "Mae pobl y perchennog yn darllen rhybuddion byw."
    ),
    VisibilityRule.NOT_LIVE: Bilingual(
        "It warned nobody then: it was not yet decided, or had ended.",
        "Nid oedd yn rhybuddio neb ar y pryd: nid oedd wedi'i benderfynu eto, neu roedd wedi dod i ben.",
    ),
    VisibilityRule.UNDECIDED: Bilingual(
        "Nobody had decided on it: other agencies are told at most to ring.",
        "Nid oedd neb wedi penderfynu arno: dywedir wrth asiantaethau eraill ffonio ar y mwyaf.",
    ),
    VisibilityRule.NOT_A_RECIPIENT: Bilingual(
        "The decision did not name the caller's agency as a recipient.",
        "Nid oedd y penderfyniad yn enwi asiantaeth y galwr fel derbynnydd.",
    ),
    VisibilityRule.NO_FLOW: Bilingual(
        "No flow of a protocol in force let it pass to the caller's agency for this purpose.",
        "Nid oedd llif o brotocol mewn grym yn gadael iddo fynd i asiantaeth y galwr at y diben hwn.",
    ),
    VisibilityRule.RESTRICTED: Bilingual(
        "Its use was restricted while it was contested.", "Roedd ei ddefnydd wedi'i gyfyngu tra oedd yn cael ei herio."
    ),
    VisibilityRule.REVIEW_OVERDUE: Bilingual(
        "Its review was overdue beyond the grace, and the caller's agency did not hold it yet.",
        "Roedd ei adolygiad yn hwyr y tu hwnt i'r cyfnod gras, ac nid oedd asiantaeth y galwr yn ei ddal eto.",
    ),
    VisibilityRule.RECIPIENT_WITH_FLOW: Bilingual(
        "The decision named the caller's agency, and a flow of a protocol in force let it pass.",
        "Enwodd y penderfyniad asiantaeth y galwr, a gadawodd llif o brotocol mewn grym iddo fynd.",
    ),
}
"""Each rule in words; the Welsh awaits a translator's check."""
