"""What a request may do and see: the gate before the use case, and each thing it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from steward.errors import Denied, NotFound
from steward.identity import Caller, permissions
from steward.identity.items import Facts, Guarded, Item, item_of, telling
from steward.store.collection import Page

if TYPE_CHECKING:
    from steward.identity.cedar import Book

R = TypeVar("R")
T = TypeVar("T", bound=Guarded)


class Need(NamedTuple):
    """What a route takes; ``itemised`` when its answer is about things that are decided singly.

    The function of a ``guarded`` route says itself what it is about, before it acts.
    """

    permission: str
    itemised: bool
    guarded: bool = False

    @property
    def single(self) -> bool:
        """Whether each thing is decided by itself."""
        return self.itemised or self.guarded

    @property
    def noun(self) -> str:
        """What it is about."""
        return self.permission.partition(":")[0]


def admit(caller: Caller, need: Need, book: Book) -> None:
    """Refuse whoever may not use the permission at all.

    Raises:
        Denied: the credential's scopes or the tenant's policies do not have it.
    """
    if not permissions.covers(caller.scopes, need.permission):
        raise Denied(
            f"{need.permission!r}: is outside the scopes of this credential; use one that has it"
        )
    if not book.may(caller, need.permission, itemised=need.single):
        roles = ", ".join(role.value for role in permissions.roles_of(need.permission))
        raise Denied(
            f"{caller.id}: may not {need.permission!r}; it takes one of the roles {roles} "
            "(see 'steward auth explain')"
        )


class Pass:
    """An admitted caller in one attempt at a use case; ``met`` is what it turned out to be about."""

    def __init__(self, caller: Caller, need: Need, book: Book) -> None:
        self._caller, self._need, self._book = caller, need, book
        self.met: list[Facts] = []
        self.minded = False
        """Whether the use case itself leaves out what the caller may not see."""

    def under(self, permission: str) -> Pass:
        """The same caller with another permission, about things of its noun.

        Raises:
            Denied: the caller may not use it at all.
        """
        need = Need(permission, itemised=True)
        admit(self._caller, need, self._book)
        return Pass(self._caller, need, self._book)

    def check(self, one: Guarded) -> None:
        """Refuse unless the caller may use the permission on the thing.

        Raises:
            NotFound: the caller may not even see it.
            Denied: the caller sees it, and may not do this.
        """
        self.check_facts(one.facts())

    def check_facts(self, facts: Facts) -> None:
        """The same as `check`, of what is known about the thing."""
        self.met.append(facts)
        if not self._may(self._need.permission, [facts])[0]:
            view = f"{self._need.noun}:{permissions.VIEW}"
            if not self._may(view, [facts])[0]:
                raise self._hidden()
            raise Denied(
                f"{self._caller.id}: may not {self._need.permission!r} on "
                f"{self._need.noun} {facts.id[:80]!r} (see 'steward auth explain')"
            )

    def sees_everything(self) -> bool:
        """Whether nothing at all is kept from the caller."""
        return self._everything()

    def by_kind(self) -> bool:
        """Whether it is decided by what things have in common: account, environment, owner, projects."""
        return not self._book.singles(self._need.permission)

    def telling(self, tags: Iterable[str]) -> frozenset[str]:
        """Of these tag keys those that make a difference to who may see a thing."""
        return telling(tags, self._book.projects)

    def visible(self, things: Sequence[T]) -> tuple[T, ...]:
        """Those of the things on which the caller may use the permission, in their order."""
        allowed = self._may(self._need.permission, [one.facts() for one in things])
        return tuple(one for one, yes in zip(things, allowed, strict=True) if yes)

    def answer(self, use: Callable[[], Any]) -> Any:
        """The use case's result as far as the caller may see it; raising here undoes the Work.

        Raises:
            NotFound: there is no such thing, or none that the caller may see.
            Denied: the caller may not do this.
        """
        try:
            result = use()
        except NotFound as error:
            # Two different messages would tell what is hidden from what is not there.
            if self._need.single and not self._everything():
                raise self._hidden() from error
            raise
        return self._shown(result) if self._need.single else result

    def repeat(self, met: Sequence[Facts]) -> None:
        """Refuse to give an answer again that its caller may see no more.

        Raises:
            NotFound: the caller may not even see what it was about.
            Denied: the caller may not do this any more.
        """
        for facts in met:
            self.check_facts(facts)
        if self._need.single and not met:
            self._check_whole()

    def _shown(self, result: Any) -> Any:
        if isinstance(result, Page):
            return self._page(result)
        if isinstance(result, Guarded):
            self.check(result)
        elif not self.met and not self.minded:
            # Nothing said what this was about, so only who may do it everywhere may do it.
            self._check_whole()
        return result

    def _page(self, page: Page[Any]) -> Page[Any]:
        if not self._need.itemised:
            if not self.met and not self.minded:
                self._check_whole()
            return page
        allowed = self._may(self._need.permission, [one.facts() for one in page.items])
        kept = tuple(one for one, yes in zip(page.items, allowed, strict=True) if yes)
        return page if len(kept) == len(page.items) else Page(kept, page.cursor)

    def _check_whole(self) -> None:
        item = Item(self._need.noun, self._caller.tenant)
        if not self._ask(self._need.permission, [lambda: item])[0]:
            raise Denied(
                f"{self._caller.id}: may not {self._need.permission!r} in the whole tenant "
                "(see 'steward auth explain')"
            )

    def _may(self, permission: str, facts: Iterable[Facts]) -> tuple[bool, ...]:
        return self._ask(permission, [self._describer(one) for one in facts])

    def _describer(self, facts: Facts) -> Callable[[], Item]:
        tenant, projects = self._caller.tenant, self._book.projects
        return lambda: item_of(self._need.noun, tenant, facts, projects)

    def _ask(self, permission: str, items: Sequence[Callable[[], Item]]) -> tuple[bool, ...]:
        return self._book.may_on_each(self._caller, permission, items)

    def _everything(self) -> bool:
        """Whether the answer to this caller leaves nothing out."""
        return self._book.gate(self._caller, self._need.permission) == "allow"

    def _hidden(self) -> NotFound:
        return NotFound(f"{self._need.noun}: not found; list them to see the ids")
