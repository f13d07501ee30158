"""A partner registers, reads and amends its own records; nobody else can tell that they exist."""

import uuid

from tests.fixtures.service import Service


def body(**more: object) -> dict[str, object]:
    return {
        "names": [{"kind": "usual", "family": f"Canari{uuid.uuid4().hex[:8]}", "given": ["Siân"]}],
        "birthDate": "1950-02-03",
        "addresses": [{"line1": "1 Heol y Parc", "postcode": "NP20 1AA", "uprn": "100100000001"}],
        **more,
    }


async def test_a_practitioner_registers_and_reads_back(service: Service) -> None:
    made = await service.http.post("/v1/persons", json=body(), headers=service.creating("gwent-police", "practitioner"))
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"v1"'
    read = await service.http.get(made.headers["location"], headers=service.headers("gwent-police", "practitioner"))
    assert read.json() == made.json()
    events = await service.events(action="person.read")
    assert events[-1]["subjects"] == [made.json()["id"]]


async def test_another_agency_cannot_tell_a_hidden_record_from_none(service: Service) -> None:
    made = await service.http.post("/v1/persons", json=body(), headers=service.creating("gwent-police", "practitioner"))
    headers = service.headers("abuhb", "practitioner") | {"X-Request-ID": "same"}
    hidden = await service.http.get(made.headers["location"], headers=headers)
    absent = await service.http.get(f"/v1/persons/{uuid.uuid4()}", headers=headers)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    assert (await service.events(action="person.read", outcome="not-found"))[-1]["agency"] == "abuhb"
