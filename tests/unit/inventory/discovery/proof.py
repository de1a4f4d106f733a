"""Proof that a row of the catalogue says nothing that botocore's model of the API does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError
from botocore.loaders import create_loader
from botocore.model import ServiceModel

from functions.inventory.adapters.discovery.boto import paginators
from functions.inventory.adapters.discovery.details import TAGGING
from functions.inventory.adapters.discovery.shapes import decapitalised, step_into
from functions.inventory.model.catalogue import Detail, Listing, Row
from functions.inventory.model.templates import holes
from functions.inventory.model.view import rule_paths

_GIVEN = {"account", "region", "partition", "parent", "item", "batch", "@arn"}
_TOKEN = re.compile(r"(next_?token|marker|paginationtoken)$", re.IGNORECASE)
# The S3 APIs declare few of the errors that they answer with.
_TERSE = {"s3", "s3control"}
Members = Mapping[str, Any]
"""What a normalised resource has, by name, with botocore's shape where there is one."""


@cache
def model(service: str) -> ServiceModel:
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)


def faults(row: Row, parents: Members) -> Iterator[str]:
    """Everything about a row that is not so; ``parents`` are the members of the type it is under."""
    for listing in filter(None, (row.listing, row.instead)):
        yield from _listing_faults(row, listing, parents)
    members = members_of(row)
    known = {**members, "parent": parents}
    for detail in _details(row):
        yield from _detail_faults(row, detail, known)
    for what, path in _paths(row):
        if not _there(path, known):
            yield f"{what}: the resource has no {path!r}"


def members_of(row: Row) -> dict[str, Any]:
    """The members of a row's normalised resources."""
    shape = _shape(row.service, row.listing.call, row.listing.items)
    members = _of(shape) if _is(shape, "structure") else {row.listing.named: None}
    for detail in row.describe:
        found = _shape(row.service, detail.call, detail.take)
        # What a map holds nobody can know beforehand.
        members |= {"*": None} if _is(found, "map") or detail.reshape else _of(found)
    supplements = {name: _supplement(row.service, detail) for name, detail in row.extra.items()}
    return {**members, **dict.fromkeys(row.keep), "supplementary": supplements}


def _supplement(service: str, detail: Detail) -> Any:
    # A reshaped answer has other names than the model knows.
    return None if detail.reshape else _shape(service, detail.call, detail.take)


def _listing_faults(row: Row, listing: Listing, parents: Members) -> Iterator[str]:
    operation = _operation(row.service, listing.call)
    if operation is None:
        yield f"{listing.call}: {row.service} has no such operation"
        return
    yield from _parameter_faults(operation, listing.send, {"parent": parents})
    shape = step_into(operation.output_shape, listing.items)
    if shape is None:
        yield f"{listing.call}: its answer has no {listing.items!r}"
    elif not _is(shape, "structure") and not listing.named:
        yield f"{listing.call}: {listing.items!r} are {shape.type_name}s; say how they are named"
    yield from _token_faults(row.service, operation, listing)
    yield from _error_faults(row.service, operation, listing.none)


def _token_faults(service: str, operation: Any, listing: Listing) -> Iterator[str]:
    known = paginators(service).get(listing.call)
    if listing.tokens is None:
        outs = [name for name in operation.output_shape.members if _TOKEN.search(name)]
        ins = [name for name in _inputs(operation) if _TOKEN.search(name)]
        if known is None and outs and ins:
            yield f"{listing.call}: goes on by {outs[0]}, and botocore does not know how"
        return
    if known is not None and not listing.tokens.more:
        yield f"{listing.call}: botocore knows how it goes on; leave out the tokens"
    for path in filter(None, (listing.tokens.out, listing.tokens.more)):
        if step_into(operation.output_shape, path) is None:
            yield f"{listing.call}: its answer has no {path!r} to go on by"
    if listing.tokens.into not in _inputs(operation):
        yield f"{listing.call}: takes no token {listing.tokens.into!r}"


def _detail_faults(row: Row, detail: Detail, known: Members) -> Iterator[str]:
    operation = _operation(row.service, detail.call)
    if operation is None:
        yield f"{detail.call}: {row.service} has no such operation"
        return
    yield from _parameter_faults(operation, detail.send, known)
    yield from _error_faults(row.service, operation, detail.none)
    taken = step_into(operation.output_shape, detail.take)
    if taken is None:
        yield f"{detail.call}: its answer has no {detail.take!r}"
    elif detail.batch:
        yield from _batch_faults(row, detail, taken, known)
    yield from _further_faults(row, detail, taken, known)
    for path in rule_paths(detail.when):
        if not _there(path, known):
            yield f"{detail.call}: the resource has no {path!r} to ask by"


def _batch_faults(row: Row, detail: Detail, taken: Any, known: Members) -> Iterator[str]:
    if "{batch}" not in detail.send.values():
        yield f"{detail.call}: sends no batch"
    for path in _holes(detail.of or row.id):
        if not _there(path, known):
            yield f"{detail.call}: the resource has no {path!r} to ask by"
    for path in filter(None, (detail.key, detail.value)):
        if not _there(path, _of(taken)):
            yield f"{detail.call}: what it answers has no {path!r}"


def _parameter_faults(operation: Any, send: Mapping[str, Any], known: Members) -> Iterator[str]:
    inputs = _inputs(operation)
    for name, value in send.items():
        if name not in inputs:
            yield f"{operation.name}: takes no parameter {name!r}"
        for path in holes(value) if isinstance(value, str) else ():
            if not _there(path, known):
                yield f"{operation.name}: {name} is filled from {path!r}, which is not there"
    required = operation.input_shape.required_members if operation.input_shape else ()
    for name in set(required) - set(send):
        yield f"{operation.name}: needs {name!r}"


def _error_faults(service: str, operation: Any, codes: tuple[str, ...]) -> Iterator[str]:
    declared = {_code(shape) for shape in operation.error_shapes}
    declared |= {shape.name for shape in operation.error_shapes}
    if not declared or service in _TERSE:
        return
    for code in codes:
        if code not in declared:
            yield f"{operation.name}: declares no error {code!r}: {sorted(declared)}"


def _code(shape: Any) -> str:
    return str(shape.metadata.get("error", {}).get("code", shape.name))


def _details(row: Row) -> list[Detail]:
    tags = [] if row.tag_call is None else [row.tag_call]
    return [*row.describe, *row.extra.values(), *tags]


def _further_faults(row: Row, detail: Detail, taken: Any, known: Members) -> Iterator[str]:
    if detail.then is not None:
        each = taken.member if _is(taken, "list") else taken
        yield from _detail_faults(row, detail.then, {**known, **_of(each)})


def _paths(row: Row) -> Iterator[tuple[str, str]]:
    for what in ("id", "arn", "name"):
        for path in _holes(getattr(row, what)):
            yield what, path
    for what in ("region", "created", "state"):
        if getattr(row, what):
            yield what, getattr(row, what)
    if row.tags and row.tags != TAGGING:
        yield "tags", row.tags
    if row.size:
        yield "size", row.size.partition(" ")[0]
    yield from (("public", path) for path in rule_paths(row.public))
    yield from (("encrypted", path) for path in rule_paths(row.encrypted))
    yield from (("keep", path) for one in row.keep.values() for path in holes(one))


def _holes(template: str) -> list[str]:
    return holes(template) if "{" in template else [template] if template else []


def _there(path: str, known: Members) -> bool:
    head, *rest = path.replace("[]", "").split(".")
    if head in known:
        return _below(rest, known[head])
    return head in _GIVEN or "*" in known


def _below(steps: list[str], value: Any) -> bool:
    if not steps or value is None:
        return True
    if isinstance(value, Mapping):
        return _there(".".join(steps), value)
    while _is(value, "list"):
        value = value.member
    if _is(value, "map"):
        return True
    return _there(".".join(steps), _of(value)) if _is(value, "structure") else False


def _operation(service: str, name: str) -> Any:
    try:
        return model(service).operation_model(name)
    except (BotoCoreError, KeyError):
        return None


def _shape(service: str, call: str, path: str) -> Any:
    operation = _operation(service, call)
    return operation and step_into(operation.output_shape, path)


def _of(shape: Any) -> dict[str, Any]:
    if not _is(shape, "structure"):
        return {}
    return {decapitalised(name): member for name, member in shape.members.items()}


def _inputs(operation: Any) -> Members:
    return operation.input_shape.members if operation.input_shape else {}


def _is(shape: Any, type_name: str) -> bool:
    return shape is not None and shape.type_name == type_name
