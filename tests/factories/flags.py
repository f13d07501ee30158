"""Bodies by which tests record incidents and raise flags over HTTP."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.fixtures.service import Service

QUESTIONS = (
    "prepared", "frustration", "needs-to-complain", "deliberate", "aware-of-impact", "used-to-aggression",
    "normal-for-person", "disproportionate-discomfort", "aimed-at-agency",
)  # fmt: skip


def incident(about: str, **changes: Any) -> dict[str, Any]:
    return {
        "adultAtRisk": about,
        "about": about,
        "occurredAt": (datetime.now(UTC) - timedelta(days=2)).isoformat(),
        "place": {"text": "At the front door"},
        "factualAccount": "He raised a walking stick and said he would hit the nurse if she came in.",
        "adultImpact": "His mother may be afraid to speak while he is in the room.",
        "adultView": {"notAsked": "He did not leave the room."},
        "behaviourOf": "adult",
        "behaviourTypes": ["violence"],
        "behaviours": ["shouting"],
        "grade": "threat-of-violence",
        "threatForm": "overt",
        "towardsAgency": "gwent-police",
        "towardsRole": "practitioner",
        "noPoliceReportReason": "pending-advice",
        "noPoliceReportNote": "Advice is awaited.",
        **changes,
    }


def assessment() -> dict[str, Any]:
    return {
        "toPractitioner": {"level": "high", "reasons": "A weapon was raised."},
        "toAdult": {"level": "medium", "reasons": "She lives with him."},
        "senseMaking": [{"question": question} for question in QUESTIONS],
        "adultView": {"ownWords": "I just want my nurse to come back."},
    }


def adult_seen(**changes: Any) -> list[dict[str, Any]]:
    return [{"who": "Her own nurse", "how": "At the surgery, alone with her", "by": in_days(14), **changes}]


def adult_contact(**changes: Any) -> dict[str, Any]:
    return {
        "seenBy": "Her own nurse",
        "seenOn": in_days(0),
        "howFound": "Well, and glad to be asked.",
        "adultView": {"ownWords": "Come again on Tuesday."},
        **changes,
    }


def terms(**changes: Any) -> dict[str, Any]:
    return {
        "controls": ["joint"],
        "sentence": {"en": "Visit in pairs and ring before you set out."},
        "retentionClass": "threat",
        "lawfulBasis": ["6-1-e"],
        "gateways": ["SSWBA-162"],
        "recipients": {"allPartners": True},
        **changes,
    }


def decision(**changes: Any) -> dict[str, Any]:
    return {
        "outcome": "activate",
        "reason": "A credible threat with a weapon.",
        "assessment": assessment(),
        "category": "threat-violence",
        "terms": terms(),
        "notification": {"kind": "withheld-risk", "reason": "Telling him now would put his mother at risk."},
        "adultSeen": adult_seen(),
        **changes,
    }


CARE: dict[str, Any] = {
    "category": "care-need-behaviour",
    "assessment": assessment() | {"carerSupport": {"kind": "not-offered", "note": "He is in hospital himself."}},
    "terms": terms(retentionClass="care-need", sentence={"en": "Say who you are before you come near."}),
}
"""Changes that make a decision one on behaviour that arises from a care need, whose carer is still to be asked."""


def contest(**changes: Any) -> dict[str, Any]:
    return {"challenger": "subject", "channel": "telephone", "grounds": "I was not there.", **changes}


def reviewing(outcome: str = "keep", **changes: Any) -> dict[str, Any]:
    """A review that keeps a flag whose subject has not been told; changes of None leave a part out."""
    body = {
        "outcome": outcome,
        "weighing": dict.fromkeys(("seriousness", "timePassed", "conduct", "unusualStress"), "Weighed."),
        "reason": "The risk stands.",
        "notification": {"kind": "withheld-risk", "reason": "Asked again: the risk stands."},
        "adultSeen": adult_seen(),
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


async def registered(service: Service, agency: str, **content: Any) -> str:
    body = {
        "names": [{"family": f"Baner{uuid.uuid4().hex[:8]}", "given": ["Ifor"]}],
        "birthDate": "1971-03-04",
    } | content
    made = await service.http.post("/v1/persons", json=body, headers=service.creating(agency, "practitioner"))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def recorded(service: Service, agency: str, about: str, **changes: Any) -> str:
    made = await service.http.post(
        "/v1/incidents", json=incident(about, **changes), headers=service.creating(agency, "practitioner")
    )
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def proposal(service: Service, agency: str, *, about: str | None = None, **content: Any) -> dict[str, Any]:
    """Register somebody, unless they are, record an incident, and give the body that proposes a flag on them."""
    person = about or await registered(service, agency, **content)
    cited = await recorded(service, agency, person)
    return {
        "subject": {"personId": person},
        "category": "threat-violence",
        "incidents": [cited],
        "reason": "Colleagues will visit next week.",
    }


async def proposed(service: Service, agency: str, *, about: str | None = None, **content: Any) -> dict[str, Any]:
    body = await proposal(service, agency, about=about, **content)
    made = await service.http.post("/v1/flags", json=body, headers=service.creating(agency, "practitioner"))
    assert made.status_code == 201, made.text
    return dict(made.json())


async def step(
    service: Service, flag: dict[str, Any], path: str, body: dict[str, Any], *, role: str = "flag-decision-maker",
    number: int = 1, version: int | None = None,
) -> Any:  # fmt: skip
    """Take a step on a flag as the owner's decision-maker."""
    headers = service.creating(flag["ownerAgency"], role, "flag-governance", number=number)
    headers["If-Match"] = f'"v{version or flag["version"]}"'
    return await service.http.post(f"/v1/flags/{flag['id']}/{path}", json=body, headers=headers)


async def active(
    service: Service, agency: str, *, about: str | None = None, content: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    flag = await proposed(service, agency, about=about, **(content or {}))
    decided = await step(service, flag, "decision", decision(**changes))
    assert decided.status_code == 200, decided.text
    return dict(decided.json())


def in_days(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()
