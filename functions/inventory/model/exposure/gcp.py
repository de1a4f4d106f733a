"""What Google's firewalls and allow policies let through, read from the assets' own data.

Sources: Cloud NGFW, "Policy and rule evaluation order"; VPC firewall rules, "Implied rules".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from functions.inventory.model.exposure.answers import ExposureVerdict
from functions.inventory.model.exposure.azure import ports_of
from functions.inventory.model.exposure.flows import (
    ANYONE,
    Flow,
    Network,
    network,
    protocol_of,
    shared,
    without,
)
from functions.inventory.model.exposure.network import PIECES, dicts
from functions.inventory.model.patch import Json

ALLOW, DENY, NEXT = "allow", "deny", "goto_next"
_USUAL_PRIORITY = 1000
_EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})


class Who(NamedTuple):
    """What rules find a machine by: its network tags and its service accounts."""

    tags: frozenset[str]
    accounts: frozenset[str]


class Rule(NamedTuple):
    """One firewall rule: what it does with which traffic; ``id`` is the resource that it stands in."""

    id: str
    name: str
    priority: int
    action: str
    flows: tuple[Flow, ...]


class Passed(NamedTuple):
    """What was let in, by which rules; ``denied`` is the first rule that took anything away."""

    flows: list[Flow]
    by: list[Rule]
    denied: Rule | None


def through(flows: Iterable[Flow], stages: Iterable[Sequence[Rule]]) -> Passed:
    """What firewalls in a row let in; what none of their rules decides is denied."""
    left, allowed = list(flows), list[Flow]()
    by: list[Rule] = []
    denied: Rule | None = None
    for stage in stages:
        ahead: list[Flow] = []
        for rule in sorted(stage, key=lambda one: (one.priority, one.action != DENY)):
            common, left = _cut(left, rule.flows)
            if common and rule.action == ALLOW:
                allowed += common
                by.append(rule)
            elif common and rule.action == NEXT:
                ahead += common
            elif common:
                denied = denied or rule
        left += ahead
    return Passed(list(dict.fromkeys(allowed)), by, denied)


def rule_of(id_: str, data: Mapping[str, Json], who: Who) -> Rule | None:
    """A network's firewall rule, where it is about incoming traffic to such a machine."""
    if data.get("disabled") is True or data.get("direction", "INGRESS") != "INGRESS":
        return None
    if not _is_for(data, who):
        return None
    action = DENY if dicts(data.get("denied")) else ALLOW
    sources = _sources(data, "sourceRanges")
    if not data.get("sourceRanges") and (
        data.get("sourceTags") or data.get("sourceServiceAccounts")
    ):
        sources = []
    parts = dicts(data.get("denied")) or dicts(data.get("allowed"))
    flows = tuple(_flows(parts, sources, protocol="IPProtocol"))
    name = str(data.get("name") or id_.rpartition("/")[2])
    return Rule(id_, name, int(data.get("priority", _USUAL_PRIORITY)), action, flows)


def rules_of_policy(id_: str, data: Mapping[str, Json], who: Who) -> Iterator[Rule]:
    """The rules of a firewall policy that are about incoming traffic to such a machine."""
    for one in dicts(data.get("rules")):
        if (
            one.get("disabled") is True
            or one.get("direction") != "INGRESS"
            or not _is_for(one, who)
        ):
            continue
        match = one.get("match")
        match = match if isinstance(match, dict) else {}
        sources = _sources(match, "srcIpRanges")
        flows = tuple(_flows(dicts(match.get("layer4Configs")), sources, protocol="ipProtocol"))
        priority = int(one.get("priority") or 0)
        name = f"{data.get('shortName') or data.get('name') or id_} {priority}"
        yield Rule(id_, name, priority, str(one.get("action")).lower(), flows)


def invited(configuration: Mapping[str, Json], role: str = "") -> ExposureVerdict:
    """Whether an asset's IAM policy lets in everybody, in that role or any; unknown without a policy."""
    told = configuration.get("supplementary")
    policy = told.get("iamPolicy") if isinstance(told, dict) else None
    if not isinstance(policy, dict):
        return ExposureVerdict.UNKNOWN
    found = ExposureVerdict.BLOCKED
    for binding in dicts(policy.get("bindings")):
        members = binding.get("members")
        if not _EVERYBODY & set(members if isinstance(members, list) else ()):
            continue
        if role and not str(binding.get("role")).endswith((role, "/admin", "/owner", "/editor")):
            continue
        if not binding.get("condition"):
            return ExposureVerdict.REACHABLE
        found = ExposureVerdict.UNKNOWN
    return found


def _cut(left: Iterable[Flow], taken: Iterable[Flow]) -> tuple[list[Flow], list[Flow]]:
    common: list[Flow] = []
    rest = list(left)
    for flow in taken:
        found = (shared(piece, flow) for piece in rest)
        common += [one for one in found if one is not None]
        if len(rest) < PIECES:
            rest = [one for piece in rest for one in without(piece, flow)]
    return common, rest


def _is_for(rule: Mapping[str, Any], who: Who) -> bool:
    tags, accounts = rule.get("targetTags") or [], rule.get("targetServiceAccounts") or []
    if not tags and not accounts:
        return True
    return bool(who.tags & set(tags) or who.accounts & set(accounts))


def _sources(rule: Mapping[str, Any], key: str) -> list[Network]:
    listed = rule.get(key)
    if not isinstance(listed, list) or not listed:
        return [ANYONE[4], ANYONE[6]]
    return [found for one in listed if (found := network(one)) is not None]


def _flows(
    parts: Iterable[Mapping[str, Any]], sources: Sequence[Network], *, protocol: str
) -> Iterator[Flow]:
    for part in parts:
        number = protocol_of(part.get(protocol))
        listed = part.get("ports") or ["*"]
        for ports in filter(None, map(ports_of, listed)):
            for source in sources:
                yield Flow(source, number, *ports)
