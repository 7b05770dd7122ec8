"""What the service says of itself in /v1/openapi.json holds for requests that nobody thought of."""

from __future__ import annotations

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import checks
from schemathesis.specs.openapi import checks as of_openapi

from tests.serve.conftest import Open

pytestmark = pytest.mark.slow

EXAMPLES = 8
"""For each of the routes, once with a key and once without."""
CHECKS = (
    checks.not_a_server_error,
    of_openapi.status_code_conformance,
    of_openapi.content_type_conformance,
    of_openapi.response_schema_conformance,
    of_openapi.response_headers_conformance,
)


@pytest.mark.parametrize("has_key", [True, False])
def test_every_answer_is_one_that_is_documented(newsdesk: Open, has_key: bool):
    client = newsdesk.keyed if has_key else newsdesk.plain
    schema = schemathesis.openapi.from_dict(client.get("/v1/openapi.json").json())
    schema.config.update(base_url=newsdesk.served.url)
    headers = {"authorization": client.headers["authorization"]} if has_key else {}
    seen = set()
    for each in schema.get_all_operations():
        operation = each.ok()
        seen.add((operation.method.upper(), operation.path))
        check(operation, headers)
    assert ("GET", "/v1/related") in seen
    assert ("POST", "/v1/events") in seen


def check(operation: schemathesis.schemas.APIOperation, headers: dict[str, str]) -> None:
    """Ask it with many values, allowed ones and others."""

    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
    def allowed(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=list(CHECKS), headers=headers)

    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
    def others(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=list(CHECKS), headers=headers)

    allowed()
    if operation.body or operation.query:
        others()


def test_every_route_says_what_it_takes_with_an_example_and_what_it_refuses(newsdesk: Open):
    openapi = newsdesk.plain.get("/v1/openapi.json").json()
    assert openapi["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            assert {"400", "414", "431"} <= set(operation["responses"]), (method, path)
            for body in operation.get("requestBody", {}).get("content", {}).values():
                assert body.get("examples") or body.get("example"), (method, path)
