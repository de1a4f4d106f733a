"""A policy's filters as a function that picks resources from a list, as Cloud Custodian does.

Most filters judge one resource and become one compiled loop; those that need to see all of them
(``reduce``, ``resource_count``) or the event stand between such loops.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from functions.policy.model.custodian.ages import as_value_filter
from functions.policy.model.custodian.filters import condition
from functions.policy.model.custodian.place import Places
from functions.policy.model.custodian.shape import RAW
from functions.policy.model.custodian.values import Document
from functions.policy.model.language import generate
from functions.policy.model.language.matching import OPERATORS, SPELLINGS, test
from functions.policy.model.language.tree import Node

Resources: TypeAlias = list[Any]


class Moment(NamedTuple):
    """When resources are picked, and what event made one look."""

    now: datetime
    event: Mapping[str, Any] | None = None


Stage: TypeAlias = Callable[[Resources, Moment], Resources]


class Selection(NamedTuple):
    """Compiled filters; ``trees`` are the conditions among them."""

    stages: tuple[Stage, ...]
    trees: tuple[Node, ...]

    def of(self, resources: Resources, moment: Moment) -> Resources:
        """The resources that all filters take, in their order."""
        for stage in self.stages:
            resources = stage(resources, moment)
        return resources


def selection(
    filters: Sequence[Any], *, resource: str = "", places: Places | None = None
) -> Selection:
    """The compiled filters of a policy over a Cloud Custodian resource type.

    Raises:
        RuleError: one of them is unknown or wrong.
    """
    return _Maker(resource, places or Places()).made(filters)


class _Maker:
    def __init__(self, resource: str, places: Places) -> None:
        self._resource = resource
        self._places = places
        self._stages: list[Stage] = []
        self._trees: list[Node] = []
        self._waiting: list[Any] = []

    def made(self, filters: Any) -> Selection:
        if not isinstance(filters, Sequence) or isinstance(filters, str):
            raise self._places.error(filters, None, "no list of filters", "write a list")
        for document in filters:
            stage = self._whole(document) if isinstance(document, Mapping) else None
            if stage is None:
                self._waiting.append(self._aged(document))
                continue
            self._flush()
            self._stages.append(stage)
        self._flush()
        return Selection(tuple(self._stages), tuple(self._trees))

    def _flush(self) -> None:
        if not self._waiting:
            return
        tree = condition(self._waiting, RAW, self._places)
        select = generate.selection(tree)
        self._trees.append(tree)
        self._stages.append(lambda resources, moment: select(resources, moment.now))
        self._waiting = []

    def _aged(self, document: Any) -> Any:
        """A filter with the age filters in it as value filters."""
        if isinstance(document, str):
            document = {"type": document}
        if not isinstance(document, Mapping):
            return document
        for block in ("and", "or", "not"):
            if set(document) == {block} and isinstance(document[block], list):
                return {block: [self._aged(inner) for inner in document[block]]}
        plain = as_value_filter(document, self._resource, self._places)
        return document if plain is None else plain

    def _whole(self, document: Document) -> Stage | None:
        """What sees all the resources at once; None for a filter that judges each alone."""
        if document.get("type") == "reduce":
            # With it comes the interpreter, which few policies need.
            from functions.policy.model.custodian.reduction import reduction

            made = reduction(document, self._places)
            return lambda resources, moment: made.of(resources, moment.now)
        if document.get("type") == "event":
            return self._event(document)
        if document.get("value_type") == "resource_count":
            return self._counted(document)
        return None

    def _event(self, document: Document) -> Stage:
        plain = {**document, "type": "value"}
        select = generate.selection(condition([plain], RAW, self._places))

        def stage(resources: Resources, moment: Moment) -> Resources:
            fits = moment.event is None or select([moment.event], moment.now)
            return resources if fits else []

        return stage

    def _counted(self, document: Document) -> Stage:
        sign, wanted = document.get("op"), document.get("value")
        sign = SPELLINGS.get(str(sign), str(sign))
        if sign not in OPERATORS or sign in ("regex", "regex-case", "glob"):
            raise self._places.error(document, "op", repr(sign), "compare with eq, gt, lt, in, ...")
        if isinstance(wanted, bool) or not isinstance(wanted, int | list):
            raise self._places.error(document, "value", repr(wanted), "use a whole number")
        return lambda resources, _: resources if test(sign, len(resources), wanted) else []
