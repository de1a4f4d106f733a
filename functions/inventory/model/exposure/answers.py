"""What an answer about reachability says: by which ways, or what stops each, or what is not known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from pydantic import Field

from functions.inventory.model.exposure.flows import Flow, joined
from functions.inventory.model.resource import Frozen
from steward.contracts.inventory import ResourceView
from steward.identity.items import Facts


class ExposureVerdict(StrEnum):
    """Whether the internet reaches something."""

    REACHABLE = "reachable"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


class Hop(Frozen):
    """One thing on the way from the internet, and what it does with the traffic.

    Without an id it is not in the inventory.
    """

    id: str | None
    type: str
    native_id: str
    says: str
    provider: str = ""
    account: str = ""
    tags: dict[str, str] = Field(default_factory=dict)

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.id or "", self.provider, self.account, self.tags)


class Way(Frozen):
    """One way from the internet: the hops passed, and where it ends.

    ``ports`` and ``sources`` tell what gets through; ``why`` what blocks at the last hop, or what is
    ``missing`` to tell.
    """

    verdict: ExposureVerdict
    hops: tuple[Hop, ...]
    ports: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    why: str | None = None
    missing: tuple[str, ...] = ()


class Exposure(Frozen):
    """Whether the internet reaches a resource: by the ways that are open, else all that are not."""

    id: str
    type: str
    native_id: str
    verdict: ExposureVerdict
    ways: tuple[Way, ...]
    why: str | None = None
    missing: tuple[str, ...] = ()
    provider: str
    account: str
    tags: dict[str, str]

    def facts(self) -> Facts:
        """What access is decided by."""
        return Facts(self.id, self.provider, self.account, self.tags)


def hop(view: ResourceView, says: str) -> Hop:
    """A known resource on the way."""
    return Hop(
        id=view.id,
        type=view.type,
        native_id=view.native_id,
        says=says,
        provider=view.provider,
        account=view.account,
        tags=view.tags,
    )


def veiled(found: Exposure, *, seen: Callable[[Sequence[Hop]], tuple[Hop, ...]]) -> Exposure:
    """The answer with what the caller may not see shown as no more than its type."""
    hops = [one for way in found.ways for one in way.hops if one.id is not None]
    visible = {one.id for one in seen(hops)} | {None}
    ways = tuple(_veiled(way, visible) for way in found.ways)
    return found.model_copy(update={"ways": ways, "why": _first_why(ways)})


def _veiled(way: Way, visible: set[str | None]) -> Way:
    if all(one.id in visible for one in way.hops):
        return way
    blank: dict[str, object] = {
        "id": None,
        "native_id": "hidden",
        "says": "",
        "account": "",
        "tags": {},
    }
    hops = (one if one.id in visible else one.model_copy(update=blank) for one in way.hops)
    why = "it ends among resources that you may not see" if way.why else None
    return way.model_copy(update={"hops": tuple(hops), "why": why})


def _first_why(ways: Sequence[Way]) -> str | None:
    return next((way.why for way in ways if way.why), None)


def open_way(hops: tuple[Hop, ...], flows: list[Flow]) -> Way:
    """A way by which this traffic gets through."""
    return Way(
        verdict=ExposureVerdict.REACHABLE,
        hops=hops,
        ports=tuple(sorted({flow.text for flow in flows})),
        sources=tuple(str(one) for one in joined(flow.source for flow in flows)),
    )


def blocked(hops: tuple[Hop, ...], why: str) -> Way:
    """A way that ends at its last hop."""
    return Way(verdict=ExposureVerdict.BLOCKED, hops=hops, why=why)


def unknown(hops: tuple[Hop, ...], *missing: str) -> Way:
    """A way that nobody can tell the end of."""
    return Way(verdict=ExposureVerdict.UNKNOWN, hops=hops, missing=missing)


def exposure_of(view: ResourceView, ways: list[Way]) -> Exposure:
    """The answer: reachable by any way, unknown if one may be open, else blocked by all of them."""
    for verdict in (ExposureVerdict.REACHABLE, ExposureVerdict.UNKNOWN, ExposureVerdict.BLOCKED):
        shown = tuple(way for way in ways if way.verdict is verdict)
        if shown:
            break
    return Exposure(
        id=view.id,
        type=view.type,
        native_id=view.native_id,
        verdict=verdict,
        ways=shown,
        why=_first_why(shown),
        missing=tuple(dict.fromkeys(one for way in shown for one in way.missing)),
        provider=view.provider,
        account=view.account,
        tags=view.tags,
    )
