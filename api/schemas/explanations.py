"""Why an event shows what it shows, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime

from api.schemas.common import View, listed
from domain.bilingual import Bilingual
from domain.explanations import REFUSAL_RULES, VISIBILITY_RULES, Explanation, RefusalRule
from domain.visibility import VisibilityRule


class RuleTextView(View):
    """The rule in words."""

    en: str
    cy: str


class RefusalView(View):
    """Why a request of your agency was refused: the rule, and which permission, roles or purposes would have served."""

    code: str
    rule: RefusalRule
    text: RuleTextView
    needs: list[str]
    roles: Annotated[list[str], listed("role")]
    purposes: Annotated[list[str], listed("purpose-of-use")]


class ExplainedFlagView(View):
    """How much of one of your flags was told: `full`, `precaution`, `exists` (ring the owner) or `absent`, and why."""

    flag_id: UUID
    version: int
    told: str
    rule: VisibilityRule
    text: RuleTextView


class ExplainedFieldView(View):
    """A class of field of a record that was `masked` or `absent`; see the field registry."""

    record: str
    field: str
    shown: str


class ExplanationView(View):
    """Which rules decided what an event shows, on the facts of its moment."""

    event_id: UUID
    at: AwareDatetime
    agency: str
    action: str
    outcome: str
    purpose: str
    refusal: RefusalView | None
    flags: list[ExplainedFlagView]
    fields: list[ExplainedFieldView]


def explanation_view(found: Explanation) -> ExplanationView:
    """Show an explanation."""
    event, refusal = found.event, found.refusal
    return ExplanationView(
        event_id=event.id,
        at=event.at,
        agency=event.agency,
        action=event.action,
        outcome=event.outcome,
        purpose=event.purpose,
        refusal=None
        if refusal is None
        else RefusalView(
            code=refusal.code,
            rule=refusal.rule,
            text=_words(REFUSAL_RULES[refusal.rule]),
            needs=list(refusal.needs),
            roles=list(refusal.roles),
            purposes=list(refusal.purposes),
        ),
        flags=[
            ExplainedFlagView(
                flag_id=each.flag_id,
                version=each.version,
                told=each.tier.name.lower(),
                rule=each.rule,
                text=_words(VISIBILITY_RULES[each.rule]),
            )
            for each in found.flags
        ],
        fields=[
            ExplainedFieldView(record=each.record, field=each.field, shown=each.shown.name.lower())
            for each in found.fields
        ],
    )


def _words(text: Bilingual) -> RuleTextView:
    return RuleTextView(en=text.en, cy=text.cy)
