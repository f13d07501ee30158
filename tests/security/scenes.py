"""How each use case is asked so that whoever may is answered, on things that are really there.

One scene per entry of the registry, by name: it prepares what is needed and gives the one request that reaches
the use case. A use case that is added tomorrow has no scene, and `test_use_cases` fails until it has one; one
without a route of its own is asked through whatever calls it.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from domain.access import PURPOSES, Permission, Role
from domain.audit_actions import AuditAction
from services.core.use_case import MEASURED, USE_CASES
from tests.factories.flags import (
    active,
    decision,
    incident,
    proposal,
    proposed,
    recorded,
    registered,
    reviewing,
    step,
)
from tests.fixtures.service import Service

AGENCY = "gwent-police"
REGISTRY: dict[str, tuple[Permission, AuditAction]] = MEASURED | {
    name: (each.permission, each.audits) for name, each in USE_CASES.items()
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that succeeds if whoever sends it may; `number` is the human of the role who is not yet involved."""

    method: str
    path: str
    body: object = None
    version: int | None = None
    number: int = 1
    agency: str = AGENCY
    file: bytes | None = None

    async def send(self, service: Service, name: str, role: Role, request: str) -> httpx.Response:
        """Send it as a user of a role, for a purpose that serves the use case."""
        purpose = min(PURPOSES[REGISTRY[name][0]]).value
        headers = service.creating(self.agency, role.value, purpose, number=self.number) | {"X-Request-ID": request}
        if self.version is not None:
            headers["If-Match"] = f'"v{self.version}"'
        if self.file is not None:
            headers["Content-Type"] = "text/csv"
            return await service.http.request(self.method, self.path, content=self.file, headers=headers)
        return await service.http.request(self.method, self.path, json=self.body, headers=headers)


Scene = Callable[[Service], Awaitable[Asked]]
SCENES: dict[str, Scene] = {}


def is_denied(answer: httpx.Response, code: str = "access-denied") -> bool:
    """Say whether an answer is a refusal, over REST or GraphQL, that gives nothing else."""
    if answer.status_code == 403:
        return bool(answer.json()["code"] == code)
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    if answer.status_code == 200 and is_json and "errors" in (body := answer.json()):
        return bool(body["errors"][0]["extensions"]["code"] == code and not any((body.get("data") or {}).values()))
    return False


def scene(name: str) -> Callable[[Scene], Scene]:
    """Enter how a use case is asked."""

    def enter(prepare: Scene) -> Scene:
        SCENES[name] = prepare
        return prepare

    return enter


def change(flag: dict[str, Any], path: str, body: dict[str, Any], number: int = 1) -> Asked:
    return Asked("POST", f"/v1/flags/{flag['id']}/{path}", body, flag["version"], number)


def named(family: str | None = None, **more: object) -> dict[str, Any]:
    names = [{"family": family or f"Golygfa{uuid.uuid4().hex[:8]}", "given": ["Ann"]}]
    return {"names": names, "birthDate": "1950-02-03", **more}


@scene("persons.register_person")
async def _(service: Service) -> Asked:
    return Asked("POST", "/v1/persons", named())


@scene("persons.read_person")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/persons/{await registered(service, AGENCY)}")


@scene("persons.amend_person")
async def _(service: Service) -> Asked:
    person = await registered(service, AGENCY)
    return Asked("PATCH", f"/v1/persons/{person}", named(reason="She told us."), 1)


@scene("persons.search_persons")
async def _(service: Service) -> Asked:
    content = named()
    await registered(service, AGENCY, **content)
    wanted = {"family": content["names"][0]["family"], "given": "Ann", "birthDate": content["birthDate"]}
    return Asked("POST", "/v1/persons/search", wanted)


async def _relationship(service: Service) -> Asked:
    subject, related = await registered(service, AGENCY), await registered(service, AGENCY)
    body = {"kind": "lives-with", "related": related, "validFrom": "2026-01-01"}
    return Asked("POST", f"/v1/persons/{subject}/relationships", body)


@scene("persons.record_relationship")
async def _(service: Service) -> Asked:
    return await _relationship(service)


@scene("persons.end_relationship")
async def _(service: Service) -> Asked:
    asked = await _relationship(service)
    made = await asked.send(service, "persons.record_relationship", Role.PRACTITIONER, "before")
    return Asked("POST", f"/v1/relationships/{made.json()['id']}/end", {"endedOn": "2026-06-01"})


@scene("incidents.record_incident")
async def _(service: Service) -> Asked:
    return Asked("POST", "/v1/incidents", incident(await registered(service, AGENCY)))


@scene("incidents.read_incident")
async def _(service: Service) -> Asked:
    person = await registered(service, AGENCY)
    return Asked("GET", f"/v1/incidents/{await recorded(service, AGENCY, person)}")


@scene("incidents.amend_incident")
async def _(service: Service) -> Asked:
    person = await registered(service, AGENCY)
    made = await recorded(service, AGENCY, person)
    body = incident(person, factualAccount="He raised his arm.", reason="A witness corrected me.")
    return Asked("POST", f"/v1/incidents/{made}/amendments", body, 1)


@scene("flags.propose_flag")
async def _(service: Service) -> Asked:
    return Asked("POST", "/v1/flags", await proposal(service, AGENCY))


@scene("flags.decide_flag")
async def _(service: Service) -> Asked:
    return change(await proposed(service, AGENCY), "decision", decision())


@scene("flags.review_flag")
async def _(service: Service) -> Asked:
    return change(await active(service, AGENCY), "reviews", reviewing())


@scene("flags.remove_flag")
async def _(service: Service) -> Asked:
    return change(await active(service, AGENCY), "removal", {"reason": "He has moved away for good."})


CONTEST = {"challenger": "subject", "channel": "telephone", "grounds": "It was not him."}


@scene("flags.contest_flag")
async def _(service: Service) -> Asked:
    return change(await active(service, AGENCY), "challenges", CONTEST)


@scene("flags.answer_challenge")
async def _(service: Service) -> Asked:
    contested = await step(service, await active(service, AGENCY), "challenges", CONTEST)
    body = {"outcome": "not-upheld", "reason": "Two witnesses named him."}
    return change(contested.json(), "challenges/answer", body, number=2)


@scene("flags.correct_flag")
async def _(service: Service) -> Asked:
    body = {"kind": "wrong-person", "reason": "It was his cousin."}
    return change(await active(service, AGENCY), "corrections", body)


@scene("flags.reads.read_flag")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/flags/{(await active(service, AGENCY))['id']}")


@scene("flags.reads.flags_of_person")
async def _(service: Service) -> Asked:
    flag = await active(service, AGENCY)
    return Asked("GET", f"/v1/persons/{flag['subject']['personId']}/flags")


@scene("flags.reads.recipients_of_flag")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/flags/{(await active(service, AGENCY))['id']}/recipients")


def _check(flag: dict[str, Any]) -> Asked:
    return Asked("POST", "/v1/flag-checks", {"entries": [{"personId": flag["subject"]["personId"]}]})


async def checked(service: Service) -> tuple[str, dict[str, Any]]:
    flag = await active(service, AGENCY)
    answer = await _check(flag).send(service, "flags.run_check", Role.PRACTITIONER, "before")
    return f"/v1/flag-checks/{answer.json()['checkId']}", flag


@scene("flags.run_check")
async def _(service: Service) -> Asked:
    return _check(await active(service, AGENCY))


@scene("flags.check_events.display_check")
async def _(service: Service) -> Asked:
    check, flag = await checked(service)
    return Asked("POST", f"{check}/displays", {"flags": [flag["id"]]})


@scene("flags.check_events.acknowledge_check")
async def _(service: Service) -> Asked:
    check, flag = await checked(service)
    return Asked("POST", f"{check}/acknowledgements", {"flags": [flag["id"]]})


@scene("flags.check_events.resolve_check")
async def _(service: Service) -> Asked:
    check, flag = await checked(service)
    meant = flag["subject"]["personId"]
    body = {"reference": "1", "personId": meant, "method": "telephone", "note": "She gave her date of birth."}
    return Asked("POST", f"{check}/resolutions", body)


@scene("cases.person_summary")
async def _(service: Service) -> Asked:
    query = "query($id: UUID!) { personSummary(id: $id) { id flagCount } }"
    return Asked("POST", "/graphql", {"query": query, "variables": {"id": await registered(service, AGENCY)}})


@scene("audit.query_events")
async def _(service: Service) -> Asked:
    return Asked("GET", f"/v1/audit/events?subject={await registered(service, AGENCY)}")


@scene("audit.export_events")
async def _(service: Service) -> Asked:
    body = {"subject": await registered(service, AGENCY), "format": "csv"}
    return Asked("POST", "/v1/audit/exports", body)
