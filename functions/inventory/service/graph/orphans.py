"""Resources that serve nothing any more, type by type, by index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from functions.inventory.model.collections import RESOURCES
from functions.inventory.model.graph.dependence import Needs, needs
from functions.inventory.model.graph.orphans import KINDS, RULES, Rule, fits
from functions.inventory.model.resource import DELETED, Frozen, Resource
from functions.inventory.service.graph.reading import Graph, Namer
from functions.inventory.service.graph.walks import Node, node
from steward.contracts.inventory import ResourceView
from steward.errors import BadInput
from steward.identity.items import Facts
from steward.store.collection import Page, encode_cursor
from steward.store.records import Cursor

READ = 1_000
"""Resources that one request looks at; the cursor goes on from there."""
ASKED = 200
"""Resources of which one request asks who names them."""
_PAGE = 100
_INDEX = "by_type"


class Orphan(Frozen):
    """A resource that serves nothing any more, by which rule, and what that says."""

    kind: str
    says: str
    resource: Node

    def facts(self) -> Facts:
        """What access is decided by."""
        return self.resource.facts()


def orphans(
    *,
    graph: Graph,
    kind: str | None = None,
    account: str | None = None,
    region: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Orphan]:
    """A page of the resources that serve nothing; of those known in part, nobody can tell.

    A page may be shorter than ``limit``, even empty, and still have a cursor.

    Raises:
        BadInput: there is no such kind, or the cursor is not of this list.
    """
    rules = _rules(kind)
    found: list[Orphan] = []
    asked = 0
    for looked, (number, resource) in enumerate(_walk(rules, cursor, graph), start=1):
        rule = rules[number]
        if _in(resource, account, region) and fits(rule, resource.facts.configuration):
            asked += 1
            if not resource.facts.partial and _serves_nothing(rule, resource, graph):
                found.append(_orphan(rule, resource.view()))
        if len(found) == limit or looked == READ or asked == ASKED:
            return Page(tuple(found), _cursor(number, resource))
    return Page(tuple(found))


def _walk(
    rules: Sequence[Rule], cursor: str | None, graph: Graph
) -> Iterator[tuple[int, Resource]]:
    """The resources of each rule's type, after the cursor, with the rule's place."""
    first, after = _start(cursor, len(rules))
    for number in range(first, len(rules)):
        while True:
            page = graph.ledger.resources.query(
                index=_INDEX, key=rules[number].type, after=after, limit=_PAGE, keep=False
            )
            yield from ((number, one) for one in page.items)
            after = page.cursor
            if after is None:
                break


def _rules(kind: str | None) -> Sequence[Rule]:
    if kind is None:
        return RULES
    if kind not in KINDS:
        raise BadInput(f"kind {kind[:60]!r}: no such orphans; use one of {', '.join(KINDS)}")
    return (KINDS[kind],)


def _start(cursor: str | None, most: int) -> tuple[int, str | None]:
    number, _, inner = (cursor or "0.").partition(".")
    if not number.isdecimal() or int(number) >= most:
        raise BadInput(f"cursor {str(cursor)[:40]!r}: not a cursor of this list; start without one")
    return int(number), inner or None


def _cursor(number: int, resource: Resource) -> str:
    sort = RESOURCES.slot_of(_INDEX)[1].sort(resource)
    return f"{number}.{encode_cursor(Cursor(sort, resource.id))}"


def _in(resource: Resource, account: str | None, region: str | None) -> bool:
    subject = resource.subject
    return account in {None, subject.account} and region in {None, subject.region}


def _serves_nothing(rule: Rule, resource: Resource, graph: Graph) -> bool:
    if rule.unnamed is None and rule.gone is None:
        return True
    view = resource.view()
    return not _is_named(rule, view, graph) and (rule.gone is None or _is_gone(rule, view, graph))


def _is_named(rule: Rule, view: ResourceView, graph: Graph) -> bool:
    if rule.unnamed is None:
        return False
    return any(
        namer.source.type not in rule.unnamed and _uses(namer, view)
        for namer in graph.namers_of(view)
    )


def _uses(namer: Namer, view: ResourceView) -> bool:
    """Whether one that names a resource does more than hold it, as a network holds its groups."""
    return any(
        needs(namer.source.type, kind, view.type) is not Needs.TARGET for kind in namer.kinds
    )


def _is_gone(rule: Rule, view: ResourceView, graph: Graph) -> bool:
    targets = [named.target for named in graph.named_by(view) if rule.gone in named.kinds]
    return bool(targets) and all(one is None or one.state == DELETED for one in targets)


def _orphan(rule: Rule, view: ResourceView) -> Orphan:
    return Orphan(kind=rule.kind, says=rule.says, resource=node(view))
