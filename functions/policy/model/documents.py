"""YAML nodes as plain values that remember where they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from functions.policy.model.custodian.place import Places, Spot

MAX_VALUES = 5_000
MAX_DEPTH = 32


class Unreadable(Exception):
    """A node that is no plain value, and why."""

    def __init__(self, node: yaml.Node, problem: str) -> None:
        super().__init__(problem)
        self.node = node
        self.problem = problem


@dataclass(slots=True)
class Plain:
    """Reads nodes; ``spots`` fills with their places, ``held`` keeps what those name alive."""

    scalars: Mapping[str, Callable[[str], Any]]
    spots: dict[Spot, tuple[int, int]] = field(default_factory=dict)
    held: list[Any] = field(default_factory=list)
    most: int = MAX_VALUES
    _count: int = 0

    def of(self, node: yaml.Node, depth: int = 0) -> Any:
        """The value of a node.

        Raises:
            Unreadable: it is too deep, too large, or has a key that is no text.
        """
        self._count += 1
        if depth > MAX_DEPTH or self._count > self.most:
            raise Unreadable(node, "too many values, or nested too deep")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, depth)
        read = self.scalars.get(node.tag)
        if read is None:
            raise Unreadable(node, f"no plain value ({node.tag})")
        return read(node.value)

    def places(self, file: str) -> Places:
        """The places of what was read."""
        return Places(file, self.spots, self.held)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self._mark(made, None, node)
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name in made:
                raise Unreadable(key, "a key that is no text" if name is None else "given twice")
            made[name] = self.of(value, depth + 1)
            self._mark(made, name, value)
        return made

    def _sequence(self, node: yaml.SequenceNode, depth: int) -> list[Any]:
        made: list[Any] = []
        self._mark(made, None, node)
        for at, value in enumerate(node.value):
            made.append(self.of(value, depth + 1))
            self._mark(made, at, value)
        return made

    def _mark(self, container: Any, key: str | int | None, node: yaml.Node) -> None:
        self.held.append(container)
        self.spots[(id(container), key)] = (node.start_mark.line, node.start_mark.column)
