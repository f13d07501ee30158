"""Whatever the document allows, and much that it does not, is answered as the document says: never with a fault."""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from api.openapi import routes_of
from tests.fixtures.service import Service
from tests.rest.test_bad_input_everywhere import application

EXAMPLES = int(os.environ.get("RHANNU_SCHEMATHESIS_EXAMPLES", "15"))
SEED = 20261123
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
]
ROLES = {
    "Audit": "dpo-ig", "Audit trail": "dpo-ig", "Flags": "flag-decision-maker", "Register": "agency-administrator",
    "Links": "safeguarding-lead", "Older registers": "safeguarding-lead",
}  # fmt: skip
OPERATIONS = sorted(str(route.operation_id) for route in routes_of(application()) if route.include_in_schema)


@pytest.fixture(scope="session")
def operations(server_address: str) -> dict[str, Any]:
    schema = schemathesis.openapi.from_url(f"{server_address}/openapi.json")
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.definition.raw["operationId"]: operation for operation in found}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_keeps_to_its_document(name: str, operations: dict[str, Any], service: Service) -> None:
    operation = operations[name]
    role = ROLES.get(next(iter(operation.tags or ["?"])), "practitioner")
    token = service.token("gwent-police", role)

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=CHECKS)

    print(f"seed {SEED}")
    ask()
