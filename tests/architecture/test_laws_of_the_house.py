"""What holds for every function that any manifest declares."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from steward.check import run
from steward.check.repository import open_repository
from steward.manifest import STORES, TRIGGERS, Function, Objects, Poke, Queue, Routes, Trigger

REPOSITORY = open_repository()
FUNCTIONS = REPOSITORY.functions

# What a handler of the DynamoDB flavour never needs: each would be paid at every cold start.
TOO_HEAVY = (
    "alembic",
    "aws_cdk",
    "hypothesis",
    "jinja2",
    "moto",
    "psycopg",
    "pytest",
    "rich",
    "sqlalchemy",
    "starlette",
    "typer",
    "uvicorn",
)
LOADED = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(set(name.partition(".")[0] for name in sys.modules))))
"""
READ = """
import json, sys
from steward.manifest import load_functions
load_functions()
print(json.dumps(list(sys.modules)))
"""


def loaded_by(module: str) -> set[str]:
    """The top-level packages that importing a module loads, in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, module],
        check=True,
        capture_output=True,
        text=True,
        cwd=REPOSITORY.root,
        env={"PATH": "", "STEWARD_STORE": "dynamodb", "AWS_DEFAULT_REGION": "eu-west-1"},
    )
    return set(json.loads(done.stdout))


def each_function(function: Function) -> str:
    return function.id


def of_kind(*triggers: type[Trigger]) -> pytest.MarkDecorator:
    """Once for each function with such a trigger."""
    chosen = [function for function in FUNCTIONS if isinstance(function.trigger, triggers)]
    return pytest.mark.parametrize("function", chosen, ids=each_function)


every_function = of_kind(*TRIGGERS)


def test_the_repository_breaks_no_rule() -> None:
    assert [str(problem) for problem in run.problems(REPOSITORY)] == []


def test_no_derived_file_is_stale() -> None:
    assert [str(problem) for problem in run.stale(REPOSITORY)] == []


@every_function
def test_a_handler_imports_nothing_that_its_cold_start_should_not_pay(function: Function) -> None:
    module = function.handler.rpartition(".")[0]
    assert loaded_by(module) & set(TOO_HEAVY) == set()


@of_kind(Queue, Objects, Poke)
def test_a_queue_hides_a_message_for_six_timeouts_and_keeps_what_fails(function: Function) -> None:
    assert function.visibility_timeout.total_seconds() >= 6 * function.timeout
    for store in STORES:
        assert "DEAD_LETTER_QUEUE" in function.environment(store)


@of_kind(Routes)
def test_an_http_answer_comes_before_the_gateway_gives_up(function: Function) -> None:
    # API Gateway waits 30 s at most (29 s for a REST API), whatever the function's own timeout is.
    assert function.timeout <= 30


def test_reading_every_manifest_loads_no_third_party() -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ],
        check=True,
        capture_output=True,
        text=True,
        cwd=REPOSITORY.root,
    )
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert loaded & {"pydantic", "boto3", "botocore", "aws_lambda_powertools", "yaml"} == set()
