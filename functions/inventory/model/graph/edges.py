"""Ties as they are found from the other end: one edge from a source to what it names, however often."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from functions.inventory.model import identity
from functions.inventory.model.graph.hosts import ANSWERS, HOST, hosts_of
from functions.inventory.model.graph.locators import locate
from functions.inventory.model.identity import ResourceId
from functions.inventory.model.resource import Subject
from steward.contracts.inventory import Relation, ResourceView
from steward.store.collection import Collection, Index

MOST = 600
"""Edges kept of one source; a source that names more is found from those alone."""
_LONGEST = 300
# Names of these types mean one thing in the whole cloud; ids of EC2's kind do so by their digits.
_WORLDWIDE = frozenset({"AWS::S3::Bucket", "AWS::CloudFront::Distribution", "AWS::KMS::Key", HOST})
_UNIQUE = re.compile(r"[a-z]+(-[a-z]+)?-[0-9a-f]{8,}$")


class Edge(BaseModel):
    """A source and the name by which it knows the target, with every kind of tie between the two.

    The source's own relations are what counts; an edge only finds it from the target's side.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    source: ResourceId
    source_type: str
    target: str
    kinds: tuple[str, ...]


def sources_of(type_name: str) -> str:
    """What the sort values of edges from one type begin with."""
    return f"{type_name}|"


def _by_type(edge: Edge) -> str:
    return sources_of(edge.source_type) + edge.source


EDGES = Collection(
    "edges",
    Edge,
    id=lambda edge: edge.id,
    indexes=(Index("by_target", lambda edge: edge.target, _by_type),),
    audit="none",
)


def edges_of(
    source: Subject, relations: Iterable[Relation], *, hosts: Iterable[str] = ()
) -> dict[str, Edge]:
    """The edges of a source by their ids: one for each target, and for each host name it answers at."""
    kinds = {target_name(HOST, host, source.account): {ANSWERS} for host in hosts}
    for relation in relations:
        name = target_name(relation.target_type, relation.target_id, source.account)
        kinds.setdefault(name, set()).add(relation.kind)
    found = (_edge(source, name, tuple(sorted(kinds[name]))) for name in sorted(kinds)[:MOST])
    return {edge.id: edge for edge in found}


def target_name(type_name: str, id_: str, account: str) -> str:
    """The name that a target goes by: alone where it is one in the whole cloud, else in its account."""
    place = locate(id_)
    if place is not None:
        return _fitted(place.text)
    if type_name in _WORLDWIDE or _UNIQUE.match(id_):
        return _fitted(f"{type_name}|{id_}")
    return _fitted(f"{type_name}|{account}|{id_}")


def names_of(view: ResourceView) -> tuple[str, ...]:
    """Every name by which others may know a resource."""
    known_by = (view.native_id, view.arn)
    names = [target_name(view.type, one, view.account) for one in known_by if one]
    hosts = hosts_of(view.type, view.region, view.native_id, view.configuration)
    names += [target_name(HOST, one, view.account) for one in hosts]
    return tuple(dict.fromkeys(names))


def means(relation: Relation, source: Subject, target: ResourceView) -> bool:
    """Whether a source's relation is about that very target, not about its namesake elsewhere."""
    name = target_name(relation.target_type, relation.target_id, source.account)
    if name not in names_of(target):
        return False
    here = {source.region, target.region}
    return name.count("|") < 2 or len(here) == 1 or identity.GLOBAL in here  # noqa: PLR2004  # a name in its account


def _edge(source: Subject, target: str, kinds: tuple[str, ...]) -> Edge:
    digest = hashlib.sha256(f"{source.id}\x1f{target}".encode("utf-8", "surrogatepass")).digest()
    return Edge(
        id="edg_" + base64.b32encode(digest[:20]).decode("ascii").lower(),
        source=source.id,
        source_type=source.type,
        target=target,
        kinds=kinds,
    )


def _fitted(name: str) -> str:
    if len(name) <= _LONGEST and name.isprintable():
        return name
    return "sha256:" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
