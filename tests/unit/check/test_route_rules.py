"""A route that declares no permission fails the check, however it came to be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from steward.check import routes
from steward.check.repository import Repository, open_repository
from steward.edge.http import Api, Knock
from steward.manifest import Function, Routes

PATH = "/api/v1/planted/things"
FUNCTION = Function(
    name="planted-api", handler="functions.planted.handlers.api.handler", trigger=Routes(PATH)
)


@pytest.fixture
def planted() -> Iterator[ModuleType]:
    """A handler module with one API that keeps to the rules."""
    api: Api[Any] = Api(wire=lambda work: work)
    module: Any = ModuleType("functions.planted.handlers.api")
    module.api, module.handler = api, api.handler

    @api.get(PATH, permission="finding:view")
    def ls(*, deps: Any) -> None:
        """Nothing."""

    @api.open_to_all("POST", f"{PATH}/knock", because="a knock tells nothing")
    def knocked(*, knock: Knock) -> None:
        """Nothing."""

    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


def found(function: Function = FUNCTION) -> list[str]:
    return [str(problem) for problem in routes.problems(Repository(Path(), (function,), {}))]


def test_routes_with_a_permission_or_a_reason_are_in_order(planted: Any) -> None:
    assert found() == []


def test_a_route_mounted_past_the_declaration_is_named(planted: Any) -> None:
    planted.api._app.get(f"{PATH}/backdoor")(dict)
    planted.api._app.get(f"{PATH}/<thing_id>/hidden", include_in_schema=False)(dict)
    assert [line.partition(": declares")[0] for line in found()] == [
        f"planted.planted-api: GET {PATH}/backdoor",
        f"planted.planted-api: GET {PATH}/<thing_id>/hidden",
    ]


def test_a_handler_that_asks_nobody_is_named(planted: Any) -> None:
    planted.handler = lambda event, context: {"statusCode": 200}
    assert "nothing asks who calls" in found()[0]
    silent = replace(FUNCTION, trigger=Routes(PATH, public=True))
    assert "say in 'because'" in found(silent)[0]
    reasoned = replace(FUNCTION, trigger=Routes(PATH, public=True, because="it is a bell"))
    assert found(reasoned) == []


def test_a_route_outside_the_manifests_paths_is_named(planted: Any) -> None:
    elsewhere = replace(FUNCTION, trigger=Routes("/api/v1/planted/other"))
    assert all("below none of the manifest's paths" in line for line in found(elsewhere))


def test_a_permission_that_is_not_in_the_catalogue_builds_no_route() -> None:
    api: Api[Any] = Api(wire=lambda work: work)
    with pytest.raises(ValueError, match="thing:eat"):
        api.get(PATH, permission="thing:eat")
    with pytest.raises(ValueError, match="why it is public"):
        api.open_to_all("GET", PATH, because="")


def test_every_route_of_this_repository_is_in_order_and_on_the_page() -> None:
    repository = open_repository()
    assert list(routes.problems(repository)) == []
    page = routes.page(repository)
    assert "| `/api/v1/policy/findings/<finding_id>/waive` POST | `finding:waive` |" in page
    assert "- `resource`" in page


def test_a_route_of_the_system_tenant_in_a_function_that_may_not_open_it_is_named(
    planted: Any,
) -> None:
    @planted.api.put(f"{PATH}/shared", permission="finding:view", system=True)  # type: ignore[untyped-decorator]
    def put(*, deps: Any) -> None:
        """Nothing."""

    (line,) = found()
    assert line.startswith(f"planted.planted-api: PUT {PATH}/shared: works for the system tenant")
    assert found(replace(FUNCTION, system=True)) == []
