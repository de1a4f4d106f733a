"""The rules that hold for one account: those that ship, with the tenant's own over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from functions.policy.model.rule import Pack, Rule, digest
from functions.policy.model.rulebook.book import Entry, Rulebook, Standing

Read = Callable[[Entry, Standing], Rule]
"""The rule of a version that holds."""


class Overlay(Pack):
    """A pack as it is for an account: an own version takes the place of the rule that ships."""

    def __init__(self, shipped: Pack, book: Rulebook, account: str, read: Read) -> None:
        super().__init__(())
        self._shipped = shipped
        self._read = read
        self._book = book
        self._own: dict[str, tuple[Entry, Standing]] = {
            entry.rule_id: (entry, standing)
            for entry in book.entries.values()
            if (standing := entry.of(account)) is not None
        }

    def all(self) -> tuple[Rule, ...]:
        """Every rule, by id."""
        kept = [rule for rule in self._shipped.all() if rule.id not in self._own]
        rules = [*kept, *(self._read(*own) for own in self._own.values())]
        return tuple(sorted(rules, key=lambda rule: rule.id))

    def of(self, resource_type: str) -> tuple[Rule, ...]:
        """The rules that judge a resource type, by id."""
        kept = [rule for rule in self._shipped.of(resource_type) if rule.id not in self._own]
        own = [self._read(*one) for one in self._own.values() if resource_type in one[1].resources]
        return tuple(sorted([*kept, *own], key=lambda rule: rule.id)) if own else tuple(kept)

    def get(self, rule_id: str) -> Rule | None:
        """The rule with that id."""
        own = self._own.get(rule_id)
        return self._shipped.get(rule_id) if own is None else self._read(*own)

    def digest(self, resource_type: str) -> str:
        """Changes whenever a rule that judges the type for this account does."""
        if not self._own:
            return self._shipped.digest(resource_type)
        return digest(" ".join(f"{rule.id}:{rule.digest}" for rule in self.of(resource_type)))

    def shadows(self, resource_type: str) -> Iterator[tuple[Entry, Rule]]:
        """The versions that are judged in shadow of a resource type."""
        for entry in self._book.entries.values():
            if entry.shadow is not None and resource_type in entry.shadow.resources:
                yield entry, self._read(entry, entry.shadow)
