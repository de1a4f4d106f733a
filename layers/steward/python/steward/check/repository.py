"""The repository under check: its root, its manifests and where each kind of file stands."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from steward.contracts.event import Event, registry
from steward.manifest import Function, Queue, load_functions


@dataclass(frozen=True)
class Repository:
    """A checked-out tree, the functions that its manifests declare, and the events' classes."""

    root: Path
    functions: tuple[Function, ...]
    contracts: Mapping[str, type[Event]]

    @cached_property
    def concerns(self) -> tuple[str, ...]:
        """The concerns that have at least one function, sorted."""
        return tuple(sorted({function.concern for function in self.functions}))

    @cached_property
    def published(self) -> dict[str, tuple[Function, ...]]:
        """Each event type that some manifest publishes, with its producers."""
        found: dict[str, tuple[Function, ...]] = {}
        for function in self.functions:
            for event in function.publishes:
                found[event] = (*found.get(event, ()), function)
        return dict(sorted(found.items()))

    @cached_property
    def consumed(self) -> dict[str, tuple[Function, ...]]:
        """Each event type that some queue asks for, with its consumers."""
        found: dict[str, tuple[Function, ...]] = {}
        for function in self.functions:
            if isinstance(function.trigger, Queue):
                for event in function.trigger.events:
                    found[event] = (*found.get(event, ()), function)
        return dict(sorted(found.items()))

    def of(self, concern: str) -> tuple[Function, ...]:
        """The functions of one concern, in the order of its manifest."""
        return tuple(f for f in self.functions if f.concern == concern)

    def event_folder(self, type_: str) -> Path:
        """``events/<concern>/<noun>.<verb>/v<n>``: the schema and the samples of one event type."""
        concern, _, rest = type_.partition(".")
        name, _, version = rest.rpartition(".")
        return self.root / "events" / concern / name / version

    def shown(self, path: Path) -> str:
        """The path as a reader of the repository types it."""
        return path.relative_to(self.root).as_posix()


def open_repository() -> Repository:
    """The repository that the ``functions`` package stands in.

    Raises:
        ManifestError: a manifest breaks a rule.
    """
    functions = importlib.import_module("functions")
    root = Path(next(iter(functions.__path__))).resolve().parent
    return Repository(root, load_functions(), registry())
