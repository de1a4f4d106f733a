"""Rules over event contracts: a class, a sample that validates, and a schema that only grows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from steward.check.compatibility import breaks
from steward.check.problem import Problem
from steward.check.repository import Repository
from steward.contracts.event import CloudEvent, Event, parse_event
from steward.errors import BadInput


def problems(repository: Repository) -> Iterator[Problem]:
    """Every published event without a class or a sample, and every sample or schema that fails."""
    for type_, producers in repository.published.items():
        kind = repository.contracts.get(type_)
        if kind is None:
            rule = f"{type_!r} has no class in steward.contracts; add one or correct the name"
            yield Problem(producers[0].id, "publishes", rule)
            continue
        yield from _samples(repository, kind)
    for _, problem in broken_schemas(repository):
        yield problem


def schema_of(kind: type[Event]) -> dict[str, Any]:
    """The JSON Schema of the event's data, as it is published under ``events/``."""
    schema = kind.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": kind.type, **schema}


def _samples(repository: Repository, kind: type[Event]) -> Iterator[Problem]:
    folder = repository.event_folder(kind.type) / "samples"
    samples = sorted(folder.glob("*.json"))
    if not samples:
        rule = f"{repository.shown(folder)} holds no sample; add one event as it is on the bus"
        yield Problem(kind.type, "samples", rule)
    for sample in samples:
        fault = _fault(kind, sample)
        if fault:
            yield Problem(kind.type, repository.shown(sample), fault)


def _fault(kind: type[Event], sample: Path) -> str:
    try:
        envelope = CloudEvent.model_validate_json(sample.read_text("utf-8"))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "the file"
        return f"no CloudEvent: {place}: {fault['msg']}"
    if envelope.type != kind.type:
        return f"type is {envelope.type!r}; its folder says {kind.type!r}"
    try:
        parse_event(kind, envelope.data)
    except BadInput as error:
        return str(error)
    return ""


def broken_schemas(repository: Repository) -> Iterator[tuple[Path, Problem]]:
    """Each published schema whose class has since changed in a way that breaks readers."""
    for type_ in repository.published:
        path = repository.event_folder(type_) / "schema.json"
        kind = repository.contracts.get(type_)
        if kind is None or not path.is_file():
            continue
        for change in breaks(json.loads(path.read_text("utf-8")), schema_of(kind)):
            rule = f"{change}; a published version never breaks: make it a new version of the event"
            yield path, Problem(type_, "schema", rule)
