"""Reading what a resource declares, and saying what it will use of which meter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from steward.planned.shapes import UNKNOWN, at

HOURS: Final = Decimal(730)
"""Hours that the clouds' own calculators count a month as."""


class NotDeclared(Exception):
    """A value decides about the price, and the plan does not say it."""


@dataclass(frozen=True, slots=True)
class Component:
    """A month's ``quantity`` of a meter, by any of its names; ``assumed`` is the usage that it rests on."""

    what: str
    meters: tuple[str, ...]
    quantity: Decimal
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What one resource declares, by the names that Terraform gives."""

    declared: Mapping[str, Any]
    usage: Mapping[str, Decimal]
    found: list[Component] = field(default_factory=list)

    def value(self, path: str, default: Any = None) -> Any:
        """What is declared at a dotted path.

        Raises:
            NotDeclared: it is known after the change alone, or nothing is there and nothing is usual.
        """
        found = at(self.declared, path)
        if found is UNKNOWN or (found in (None, "") and default is None):
            raise NotDeclared(path)
        return default if found in (None, "") else found

    def text(self, path: str, default: str | None = None) -> str:
        """A text."""
        return str(self.value(path, default))

    def number(self, path: str, default: str | int | None = None) -> Decimal:
        """A number.

        Raises:
            NotDeclared: there is none.
        """
        try:
            return Decimal(str(self.value(path, default)))
        except InvalidOperation as error:
            raise NotDeclared(path) from error

    def truth(self, path: str) -> bool:
        """Whether something is switched on; what is not declared is not.

        Raises:
            NotDeclared: it is known after the change alone.
        """
        return self.text(path, "false").lower() == "true"

    def blocks(self, path: str) -> list[Mapping[str, Any]]:
        """The blocks of a name, a single one as well.

        Raises:
            NotDeclared: they are known after the change alone.
        """
        found = at(self.declared, path)
        if found is UNKNOWN:
            raise NotDeclared(path)
        listed = found if isinstance(found, list) else [found]
        return [one for one in listed if isinstance(one, Mapping)]

    def inside(self, block: Mapping[str, Any]) -> Ask:
        """The same, of a block; what is found there counts here."""
        return Ask(block, self.usage, self.found)

    def add(self, what: str, *meters: str, quantity: Decimal | int = HOURS) -> None:
        """A component that the declaration gives."""
        self.found.append(Component(what, meters, Decimal(quantity)))

    def assume(
        self,
        what: str,
        *meters: str,
        name: str,
        times: Decimal | int = 1,
        also: tuple[str, ...] = (),
    ) -> None:
        """A component that rests on assumed usage; ``also`` names what went into ``times``."""
        quantity = self.usage[name] * times
        self.found.append(Component(what, meters, quantity, (name, *also)))
