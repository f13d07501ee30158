"""Bodies by which tests ask another agency for information, and steps on what comes of it."""

from typing import Any

from tests.factories.flags import in_days, registered
from tests.fixtures.service import Service

ASKER, HOLDER, THIRD = "newport-cc", "gwent-police", "wast"
PURPOSE = "adult-safeguarding"
FOOTING: dict[str, Any] = {
    "purpose": "adult-safeguarding",
    "lawfulBasis": ["6-1-e"],
    "gateways": ["SSWBA-162"],
    "necessity": "The enquiry cannot tell without it who is at risk.",
    "proportionality": "Two items of the last year and nothing else.",
}
FACT = {"heading": "Last year", "text": "He threatened a nurse with a stick in May."}


def asking(person: str, holder: str = HOLDER, **changes: Any) -> dict[str, Any]:
    return {
        **FOOTING,
        "holder": holder,
        "personId": person,
        "identity": {"family": "Prydderch", "given": "Ifor", "birthDate": "1971-03-04"},
        "items": [{"item": "incidents", "detail": "Of the last year."}, {"item": "named-worker"}],
        "urgency": "routine",
        **changes,
    }


def granted(item: str, *facts: dict[str, Any]) -> dict[str, Any]:
    return {"item": item, "granted": True, "facts": list(facts) or [FACT]}


def refused(item: str, ground: str = "not-necessary", **more: Any) -> dict[str, Any]:
    return {"item": item, "granted": False, "ground": ground, "reason": "The enquiry can do without it.", **more}


def answering(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        **FOOTING,
        "items": list(items) or [granted("incidents"), refused("named-worker")],
        "onward": {"conditions": ["no-onward-share"]},
        "retainUntil": in_days(365),
        "post": "Detective Inspector, Protecting Vulnerable People",
        **changes,
    }


def refusing(ground: str = "not-necessary", **changes: Any) -> dict[str, Any]:
    return {"ground": ground, "reason": "The enquiry can do without it.", "post": "Detective Inspector", **changes}


def deciding(person: str, reason: str = "fear-of-repercussions", **changes: Any) -> dict[str, Any]:
    told = "His brother said he knows my car."
    return {"kind": "not-to-share", "personId": person, "reasonCode": reason, "reason": told, **changes}


async def asked(
    service: Service, *, by: str = ASKER, number: int = 1, role: str = "practitioner", **changes: Any
) -> dict[str, Any]:
    """A request as its asker sees it."""
    body = asking(await registered(service, by), **changes)
    headers = service.creating(by, role, PURPOSE, number=number)
    made = await service.http.post("/v1/information-requests", json=body, headers=headers)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def take(
    service: Service, request: dict[str, Any], path: str, body: Any = None, *, agency: str = HOLDER,
    role: str = "safeguarding-lead", number: int = 1, version: int | None = None,
) -> Any:  # fmt: skip
    """Take a step on a request, unless told otherwise as the holder's safeguarding lead."""
    headers = service.creating(agency, role, PURPOSE, number=number)
    headers["If-Match"] = f'"v{version or request["version"]}"'
    return await service.http.post(f"/v1/information-requests/{request['id']}/{path}", json=body, headers=headers)


async def matched(
    service: Service, request: dict[str, Any] | None = None, *, agency: str = HOLDER, **changes: Any
) -> dict[str, Any]:
    """A request whose person the holder has found, as the holder sees it."""
    request = request or await asked(service, holder=agency, **changes)
    body = {"personId": await registered(service, agency)}
    done = await take(service, request, "match", body, agency=agency)
    assert done.status_code == 200, done.text
    return dict(done.json())


async def answered(service: Service, *items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A request with its answer, as the holder sees it."""
    done = await take(service, await matched(service, **changes), "answer", answering(*items))
    assert done.status_code == 200, done.text
    return dict(done.json())


async def disclosure(
    service: Service, disclosure_id: str, agency: str = HOLDER, role: str = "safeguarding-lead"
) -> Any:
    headers = service.headers(agency, role, "audit-quality" if role == "dpo-ig" else PURPOSE)
    return await service.http.get(f"/v1/disclosures/{disclosure_id}", headers=headers)


async def change(
    service: Service, given: dict[str, Any], path: str, body: Any = None, *, agency: str = HOLDER,
    role: str = "safeguarding-lead", version: int | None = None,
) -> Any:  # fmt: skip
    """Take a step on a disclosure."""
    headers = service.creating(agency, role, PURPOSE) | {"If-Match": f'"v{version or given["version"]}"'}
    return await service.http.post(f"/v1/disclosures/{given['id']}/{path}", json=body, headers=headers)
