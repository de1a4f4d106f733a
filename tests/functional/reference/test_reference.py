"""What the reference promises: every private route, in both forms, open to everyone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from functions.reference.handlers.describe_api import handler
from steward.manifest import Routes, load_function, load_functions
from tests.edge_world import edge_world

DESCRIBE = load_function("reference.describe-api")


@pytest.fixture
def ask(tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    world = edge_world(tmp_path, DESCRIBE)

    def call(path: str) -> dict[str, Any]:
        context = {"http": {"method": "GET", "path": path, "sourceIp": "192.0.2.1"}}
        event = {"rawPath": path, "headers": {}, "requestContext": context}
        answer: dict[str, Any] = world.call(handler, event)
        return answer

    return call


@pytest.fixture
def described(ask: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(ask("/api/v1/openapi.json")["body"])
    return document


def test_every_route_of_every_manifest_is_described_below_it(
    described: dict[str, Any],
) -> None:
    private = [
        path
        for function in load_functions()
        if isinstance(function.trigger, Routes) and not function.trigger.public
        for path in function.trigger.paths
    ]
    assert private
    for path in private:
        assert any(each == path or each.startswith(f"{path}/") for each in described["paths"])


def test_every_operation_says_what_it_does_and_how_it_refuses(
    described: dict[str, Any],
) -> None:
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert not re.match(r"(GET|POST|PUT|DELETE) ", operation["summary"]), (method, path)
            refusal = operation["responses"]["422"]
            if "$ref" in refusal:
                name = refusal["$ref"].rpartition("/")[2]
                refusal = described["components"]["responses"][name]
            assert "application/problem+json" in refusal["content"], (method, path)


def test_the_page_names_every_path_and_runs_no_script(
    ask: Callable[[str], dict[str, Any]], described: dict[str, Any]
) -> None:
    answer = ask("/api/v1/docs")
    tags = set[str]()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)

    Reader().feed(answer["body"])
    assert "script" not in tags
    for path in described["paths"]:
        assert path in answer["body"]
    assert "default-src 'none'" in answer["headers"]["Content-Security-Policy"]
