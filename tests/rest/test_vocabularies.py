"""The coded lists and duty numbers are public, in both languages, and made to be kept."""

from domain.vocabularies import VOCABULARIES
from tests.fixtures.service import AGENCIES, Service


async def test_anybody_reads_the_lists_in_both_languages(service: Service) -> None:
    answer = await service.http.get("/v1/vocabularies")
    assert answer.status_code == 200, answer.text
    named = {row["id"]: row["codes"] for row in answer.json()["vocabularies"]}
    assert named == {coded.id: len(coded.items) for coded in VOCABULARIES.values()}
    one = (await service.http.get("/v1/vocabularies/hostility-grade")).json()
    assert [row["code"] for row in one["items"]] == [each.code for each in VOCABULARIES["hostility-grade"].items]
    assert all(row["label"]["en"] and row["label"]["cy"] for row in one["items"])


async def test_every_list_can_be_read(service: Service) -> None:
    for list_id in VOCABULARIES:
        answer = await service.http.get(f"/v1/vocabularies/{list_id}")
        assert (answer.status_code, answer.json()["id"]) == (200, list_id)


async def test_a_copy_is_kept_and_asked_about_by_its_tag(service: Service) -> None:
    for path, lifetime in (("/v1/vocabularies", 3600), ("/v1/vocabularies/role", 3600), ("/v1/duty-contacts", 86400)):
        first = await service.http.get(path)
        assert first.headers["cache-control"] == f"public, max-age={lifetime}"
        again = await service.http.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")


async def test_an_unknown_list_is_not_found_in_the_readers_language(service: Service) -> None:
    answer = await service.http.get("/v1/vocabularies/absent", headers={"Accept-Language": "cy"})
    assert (answer.status_code, answer.json()["title"]) == (404, "Heb ei ganfod")


async def test_every_agency_can_be_rung(service: Service) -> None:
    contacts = (await service.http.get("/v1/duty-contacts")).json()["contacts"]
    assert {row["agency"] for row in contacts} >= set(AGENCIES)
    assert all(row["phone"] and row["name"]["en"] and row["name"]["cy"] for row in contacts)
