"""Sharing between agencies on request: requests, what was disclosed, and decisions not to share."""

from services.core.steps import Step
from services.sharing.clocks import chase_sharing
from services.sharing.confidentiality import (
    SeenTerms,
    agree_terms,
    amend_terms,
    end_terms,
    list_terms,
    read_terms,
    uphold_terms,
)
from services.sharing.disclosures import (
    acknowledge_disclosure,
    correct_disclosure,
    list_disclosures,
    read_disclosure,
    withdraw_disclosure,
)
from services.sharing.not_sharing import answer_not_sharing, decide_not_to_share, list_not_sharing
from services.sharing.repository import Chase, DisclosuresWanted, Note, RequestsWanted
from services.sharing.steps import SeenDisclosure, SeenRequest
from services.sharing.use_cases import (
    acknowledge_request,
    answer_request,
    ask_clarification,
    ask_for_information,
    clarify_request,
    escalate_request,
    list_information_requests,
    match_request,
    note_on_request,
    read_information_request,
    refuse_request,
    withdraw_request,
)

__all__ = [
    "Chase",
    "DisclosuresWanted",
    "Note",
    "RequestsWanted",
    "SeenDisclosure",
    "SeenRequest",
    "SeenTerms",
    "Step",
    "acknowledge_disclosure",
    "acknowledge_request",
    "agree_terms",
    "amend_terms",
    "answer_not_sharing",
    "answer_request",
    "ask_clarification",
    "ask_for_information",
    "chase_sharing",
    "clarify_request",
    "correct_disclosure",
    "decide_not_to_share",
    "end_terms",
    "escalate_request",
    "list_disclosures",
    "list_information_requests",
    "list_not_sharing",
    "list_terms",
    "match_request",
    "note_on_request",
    "read_disclosure",
    "read_information_request",
    "read_terms",
    "refuse_request",
    "uphold_terms",
    "withdraw_disclosure",
    "withdraw_request",
]
