"""Every use case of the registry runs for each role that may, and for nobody else, on things that are there."""

import uuid

import pytest

from domain.access import Role, roles_with
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import MEASURED, UseCase
from tests.fixtures.service import Service
from tests.rest.rows import rows
from tests.security import (
    scenes_break_glass,
    scenes_conflicts,
    scenes_explanations,
    scenes_fairness,
    scenes_imports,
    scenes_inbox,
    scenes_issuers,
    scenes_markers,
    scenes_protocols,
    scenes_register,
    scenes_restraint,
    scenes_sharing,
    scenes_sheets,
)
from tests.security.scenes import REGISTRY, SCENES, Asked, is_denied

FURTHER = (
    scenes_break_glass,
    scenes_conflicts,
    scenes_explanations,
    scenes_fairness,
    scenes_imports,
    scenes_inbox,
    scenes_issuers,
    scenes_markers,
    scenes_protocols,
    scenes_register,
    scenes_restraint,
    scenes_sharing,
    scenes_sheets,
)
"""Imported, so that their scenes are entered."""


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the use cases that ran to their end, in order."""
    names: list[str] = []
    whole = UseCase.__call__

    async def noted(self: UseCase, unit: UnitOfWork, *args: object, **kwargs: object) -> object:
        result = await whole(self, unit, *args, **kwargs)
        names.append(self.name)
        return result

    monkeypatch.setattr(UseCase, "__call__", noted)
    return names


def test_the_scenes_are_those_of_the_registry() -> None:
    assert set(SCENES) == set(REGISTRY), "each use case needs one test of allow and one of deny: tell how it is asked"


async def prepared(service: Service, name: str, finished: list[str]) -> Asked:
    assert name in SCENES, f"no test of allow or deny reaches {name}: tell in scenes.py how it is asked"
    asked = await SCENES[name](service)
    finished.clear()
    return asked


@pytest.mark.parametrize("name", sorted(REGISTRY))
async def test_it_runs_for_each_role_that_may(service: Service, name: str, finished: list[str]) -> None:
    permission, action = REGISTRY[name]
    allowed = sorted(roles_with(permission))
    assert allowed
    for role in allowed:
        asked, request = await prepared(service, name, finished), str(uuid.uuid4())
        answer = await asked.send(service, name, role, request)
        assert answer.is_success, (role, answer.status_code, answer.text[:300])
        assert not is_denied(answer), (role, answer.text[:300])
        assert finished == ([] if name in MEASURED else [name]), role
        (event,) = await service.events(request=request, action=action)
        assert event["outcome"] == "ok", role
        assert event["roles"] == role


@pytest.mark.parametrize("name", sorted(REGISTRY))
async def test_it_runs_for_no_other_role_and_stores_nothing(service: Service, name: str, finished: list[str]) -> None:
    permission, action = REGISTRY[name]
    asked = await prepared(service, name, finished)
    before = await rows(service)
    denied = sorted(set(Role) - roles_with(permission))
    assert denied
    for role in denied:
        request = str(uuid.uuid4())
        answer = await asked.send(service, name, role, request)
        assert is_denied(answer), (role, answer.status_code, answer.text[:300])
        (event,) = await service.events(request=request)
        assert (event["action"], event["outcome"], event["subjects"]) == (action, "denied", []), role
    assert finished == []
    assert await rows(service) == before
