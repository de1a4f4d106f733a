"""A pack whose rules stay on disk until a resource of their type turns up.

Reading four hundred rules takes half a second, which a function that starts for one change of one
bucket need not wait for: it reads the twenty rules on buckets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from functions.policy.model.rule import Pack, Rule

Read = Callable[[Path], Rule]

_INLINE = re.compile(r"^resources: *\[([^\]\n]*)\] *$", re.MULTILINE)
_LISTED = re.compile(r"^resources: *\n((?: *- *\S+ *\n)+)", re.MULTILINE)


class Shelf(Pack):
    """Rules by resource type, each read from its file when it is first asked for.

    A file whose types are not plainly written is read at once, so that none is ever missed.
    """

    def __init__(self, files: Iterable[Path], read: Read) -> None:
        super().__init__(())
        self._read = read
        self._files = {path.stem: path for path in files}
        self._waiting: dict[str, list[str]] = {}
        for rule_id, path in self._files.items():
            for resource_type in types_in(path.read_text("utf-8")) or read(path).resources:
                self._waiting.setdefault(resource_type, []).append(rule_id)

    def all(self) -> tuple[Rule, ...]:
        """Every rule, by id.

        Raises:
            RuleError: a file is broken.
        """
        for rule_id in self._files:
            self.get(rule_id)
        return super().all()

    def of(self, resource_type: str) -> tuple[Rule, ...]:
        """The rules that judge a resource type, by id.

        Raises:
            RuleError: the file of one is broken.
        """
        for rule_id in self._waiting.get(resource_type, ()):
            self.get(rule_id)
        self._waiting.pop(resource_type, None)
        return tuple(sorted(super().of(resource_type), key=lambda rule: rule.id))

    def get(self, rule_id: str) -> Rule | None:
        """The rule with that id.

        Raises:
            RuleError: its file is broken.
        """
        known = super().get(rule_id)
        if known is None and rule_id in self._files:
            known = self._read(self._files[rule_id])
            self.add(known)
        return known


def types_in(text: str) -> tuple[str, ...]:
    """The resource types that a rule file names, if it writes them as most do; else none."""
    inline = _INLINE.search(text)
    if inline is not None:
        return tuple(_names(inline.group(1).split(",")))
    listed = _LISTED.search(text)
    return tuple(_names(listed.group(1).split("\n"))) if listed is not None else ()


def _names(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        name = part.strip().removeprefix("-").strip().strip("\"'")
        if name:
            yield name
