"""Keeping the edges as the resources' own relations are, in the commit that changes the resource."""

from __future__ import annotations

from functions.inventory.model.graph.edges import Edge, edges_of
from functions.inventory.model.graph.hosts import hosts_of
from functions.inventory.model.resource import Facts, Resource, Subject, relations_of
from functions.inventory.service.ledger import Ledger
from steward.contracts.inventory import TiesContinued

FULL = 85
"""Items staged at which edges wait for a commit of their own."""


def tie(resource: Resource, *, before: Facts | None, ledger: Ledger) -> None:
    """Stage what the resource's ties have become; what one commit does not take follows in another."""
    if before is not None and _same(before, resource.facts):
        return
    old = {} if before is None else _edges(resource.subject, before)
    new = _edges(resource.subject, resource.facts)
    changed = [one for id_, one in new.items() if old.get(id_) != one]
    gone = [id_ for id_ in old if id_ not in new]
    room = max(0, FULL - ledger.staged())
    for edge in changed[:room]:
        _keep(edge, ledger)
    left = max(0, room - len(changed))
    for id_ in gone[:left]:
        ledger.edges.delete(id_)
    if len(changed) + len(gone) > room:
        ledger.publish(TiesContinued(resource_id=resource.id, gone=tuple(gone[left:])))


def carry_on(event: TiesContinued, *, ledger: Ledger) -> int:
    """Make the edges of a resource what they should be by now, as many as one commit takes.

    Answers how many were not; a change of the resource meanwhile makes the commit start again.
    """
    resource = ledger.resources.require(event.resource_id)
    ledger.resources.pin(resource.id)
    wanted = _edges(resource.subject, resource.facts)
    missing = [one for id_, one in wanted.items() if ledger.edges.get(id_) != one]
    gone = [id_ for id_ in event.gone if id_ not in wanted and ledger.edges.get(id_)]
    for edge in missing[:FULL]:
        _keep(edge, ledger)
    left = max(0, FULL - len(missing))
    for id_ in gone[:left]:
        ledger.edges.delete(id_)
    if len(missing) + len(gone) > FULL:
        ledger.publish(TiesContinued(resource_id=resource.id, gone=tuple(gone[left:])))
    return len(missing) + len(gone)


def _same(before: Facts, now: Facts) -> bool:
    """Whether two states are alike in everything that ties come from."""
    return (
        before.deleted == now.deleted
        and before.arn == now.arn
        and before.tags == now.tags
        and before.relations == now.relations
        and before.configuration == now.configuration
    )


def _edges(subject: Subject, facts: Facts) -> dict[str, Edge]:
    if facts.deleted:
        return {}
    hosts = hosts_of(subject.type, subject.region, subject.native_id, facts.configuration)
    return edges_of(subject, relations_of(subject, facts), hosts=hosts)


def _keep(edge: Edge, ledger: Ledger) -> None:
    known = ledger.edges.get(edge.id)
    if known != edge:
        ledger.edges.put(edge)
