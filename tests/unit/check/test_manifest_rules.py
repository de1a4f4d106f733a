"""Each rule of `steward check` fires on the one thing that breaks it, and on nothing else."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from steward.check import contracts, generated, manifests, run
from steward.check.repository import Repository
from steward.contracts.event import Event
from steward.errors import BadInput
from steward.manifest import Function, Queue, Routes, Schedule, Table

TIDY = "sample.thing.tidied.v1"


class ThingTidied(Event):
    """A thing stands where it belongs."""

    type: ClassVar[str] = TIDY

    thing: str
    count: int = 1


CONTRACTS = {TIDY: ThingTidied}
TIDIER = Function(
    name="tidy-up",
    handler="functions.sample.handlers.tidy_up.handler",
    trigger=Schedule("rate(1 hour)"),
    uses=(Table("sample"),),
    publishes=(TIDY,),
)
ADMIRER = Function(
    name="admire",
    handler="functions.sample.handlers.admire.handler",
    trigger=Queue(events=(TIDY,)),
    uses=(Table("sample"),),
)
SAMPLE = {
    "id": "1",
    "source": "steward.sample",
    "type": TIDY,
    "time": "2026-01-01T00:00:00Z",
    "tenantid": "default",
    "correlationid": "c",
    "data": {"thing": "cup"},
}


@pytest.fixture
def tidy(tmp_path: Path) -> Repository:
    """A small repository in which every rule holds."""
    repository = Repository(tmp_path, (TIDIER, ADMIRER), CONTRACTS)
    handlers = tmp_path / "functions" / "sample" / "handlers"
    samples = repository.event_folder(TIDY) / "samples"
    runbooks = tmp_path / "docs" / "runbooks"
    for folder in (handlers, samples, runbooks):
        folder.mkdir(parents=True)
    for name in ("tidy_up", "admire"):
        (handlers / f"{name}.py").write_text("def handler(event, deps):\n    return event\n")
    (samples / "one.json").write_text(json.dumps(SAMPLE))
    (handlers.parent / "README.md").write_text("# sample\n")
    (runbooks / "sample.md").write_text("tidy-up: run it again. admire: look again.\n")
    return repository


def lines(repository: Repository) -> list[str]:
    return [str(problem) for problem in run.problems(repository)]


def test_a_tidy_repository_has_no_problem(tidy: Repository) -> None:
    assert lines(tidy) == []


def test_a_missing_handler_module_is_named(tidy: Repository) -> None:
    (tidy.root / "functions/sample/handlers/admire.py").unlink()
    assert lines(tidy) == [
        "sample.admire: handler: functions/sample/handlers/admire.py does not exist; add it"
    ]


def test_a_module_without_the_handler_is_named(tidy: Repository) -> None:
    (tidy.root / "functions/sample/handlers/admire.py").write_text("def handle() -> None: ...\n")
    assert "defines no 'handler'" in lines(tidy)[0]


@pytest.mark.parametrize(
    "source",
    [
        "handler = make()",
        "handler: Any = make()",
        "from x import y as handler",
        "class handler: ...",
    ],
)
def test_a_handler_may_be_bound_in_any_way(tidy: Repository, source: str) -> None:
    (tidy.root / "functions/sample/handlers/admire.py").write_text(source)
    assert lines(tidy) == []


def test_an_event_nobody_publishes_is_named(tidy: Repository) -> None:
    lonely = replace(ADMIRER, trigger=Queue(events=("sample.thing.broken.v1",)))
    assert list(map(str, manifests.problems(replace(tidy, functions=(TIDIER, lonely))))) == [
        (
            "sample.admire: trigger.events: no manifest publishes 'sample.thing.broken.v1'; "
            "name a producer's event or use a pattern"
        )
    ]


def test_a_pattern_that_does_not_compile_is_named(tidy: Repository) -> None:
    wrong = replace(ADMIRER, trigger=Queue(pattern={"source": [{"begins": "aws"}]}))
    found = lines(replace(tidy, functions=(TIDIER, wrong)))
    assert len(found) == 1
    assert found[0].startswith("sample.admire: trigger.pattern: ")
    assert "begins" in found[0]


def test_an_event_without_a_class_is_named(tidy: Repository) -> None:
    wild = replace(TIDIER, publishes=("sample.thing.broken.v1",))
    found = list(map(str, contracts.problems(replace(tidy, functions=(wild,)))))
    assert "has no class in steward.contracts" in found[0]


def test_an_event_without_a_sample_is_named(tidy: Repository) -> None:
    (tidy.event_folder(TIDY) / "samples" / "one.json").unlink()
    assert "events/sample/thing.tidied/v1/samples holds no sample" in lines(tidy)[0]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"type": "sample.thing.broken.v1"}, "type is 'sample.thing.broken.v1'"),
        ({"data": {"thing": 3}}, "thing: Input should be a valid string"),
        ({"data": {}}, "thing: Field required"),
        ({"tenantid": None}, "no CloudEvent: tenantid"),
    ],
)
def test_a_sample_that_fails_is_named_with_its_field(
    tidy: Repository, change: dict[str, Any], named: str
) -> None:
    path = tidy.event_folder(TIDY) / "samples" / "one.json"
    path.write_text(json.dumps({**SAMPLE, **change}))
    (found,) = lines(tidy)
    assert found.startswith(f"{TIDY}: events/sample/thing.tidied/v1/samples/one.json: ")
    assert named in found


def test_a_long_readme_and_a_silent_runbook_are_named(tidy: Repository) -> None:
    (tidy.root / "functions/sample/README.md").write_text("line\n" * 26)
    (tidy.root / "docs/runbooks/sample.md").write_text("tidy-up: run it again.\n")
    assert lines(tidy) == [
        "sample: README.md: has 26 lines; at most 25",
        (
            "sample.admire: runbook: docs/runbooks/sample.md does not name it; "
            "say what to do when it fails"
        ),
    ]


def test_a_handler_of_26_lines_is_one_too_many(tidy: Repository) -> None:
    path = tidy.root / "functions/sample/handlers/admire.py"
    path.write_text("def handler():\n" + "    print()\n" * 24)
    assert lines(tidy) == []
    path.write_text("def handler():\n" + "    print()\n" * 25)
    assert "26 lines of code; at most 25" in lines(tidy)[0]


def test_docstrings_comments_and_blank_lines_are_no_code() -> None:
    source = 'def f(\n    a,\n):\n    """One.\n\n    Two.\n    """\n\n    # why\n    return a\n'
    (node,) = ast.parse(source).body
    assert isinstance(node, ast.FunctionDef)
    assert manifests.code_lines(node, source) == 4


def test_a_schema_changed_by_hand_into_something_narrower_is_refused(tidy: Repository) -> None:
    run.write(tidy)
    path = tidy.event_folder(TIDY) / "schema.json"
    schema = json.loads(path.read_text())
    schema["properties"]["colour"] = {"type": "string"}
    path.write_text(json.dumps(schema))
    assert lines(tidy) == [
        (
            f"{TIDY}: schema: colour: removed; "
            "a published version never breaks: make it a new version of the event"
        )
    ]
    run.write(tidy)
    assert json.loads(path.read_text()) == schema, "it was overwritten"


def test_what_is_written_is_not_stale_until_a_manifest_changes(tidy: Repository) -> None:
    assert run.stale(tidy)
    written = run.write(tidy)
    assert written == ["docs/events.md", "events/sample/thing.tidied/v1/schema.json"]
    assert run.stale(tidy) == []
    assert run.write(tidy) == []
    renamed = replace(tidy, functions=(TIDIER, replace(ADMIRER, name="adore")))
    assert [problem.where for problem in run.stale(renamed)] == ["docs/events.md"]


def test_a_block_is_replaced_and_the_rest_of_the_page_stays() -> None:
    begin, end = generated.BEGIN.format(name="n"), generated.END.format(name="n")
    page = f"before\n{begin}\nold\n{end}\nafter\n"
    once = generated.between_markers(page, "n", "new")
    assert once == f"before\n{begin}\n\nnew\n\n{end}\nafter\n"
    assert generated.between_markers(once, "n", "new") == once
    with pytest.raises(BadInput, match="no block"):
        generated.between_markers("no markers", "n", "new")


def test_the_function_table_says_trigger_state_and_events(tidy: Repository) -> None:
    assert generated.function_table(tidy).splitlines()[2:] == [
        f"| `sample.tidy-up` | `rate(1 hour)` | sample | `{TIDY}` |",
        f"| `sample.admire` | `{TIDY}` | sample | - |",
    ]


def test_the_diagram_leads_from_producer_to_consumer(tidy: Repository) -> None:
    api = Function(
        name="api",
        handler="functions.sample.handlers.api.handler",
        trigger=Routes("/api/v1/sample/things"),
    )
    drawn = generated.diagram(replace(tidy, functions=(*tidy.functions, api)))
    assert "  sample__tidy_up -- thing.tidied.v1 --> sample__admire" in drawn.splitlines()
    assert "  https([HTTPS]) --> sample__api" in drawn.splitlines()
