"""What the internet reaches without a network of one's own: functions, APIs, buckets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from functions.inventory.model.exposure import network
from functions.inventory.model.exposure.answers import (
    ExposureVerdict,
    Hop,
    Way,
    blocked,
    hop,
    open_way,
    unknown,
)
from functions.inventory.model.exposure.flows import ANYONE, TCP, Flow
from functions.inventory.model.exposure.policies import judged, statements, weighed
from functions.inventory.model.resource import DELETED
from functions.inventory.service.exposure.fronts import (
    by_distributions,
    by_distributions_signed,
    by_distributions_to_bucket,
)
from functions.inventory.service.exposure.machines import doors
from functions.inventory.service.graph.reading import Graph
from steward.contracts.inventory import ResourceView

URL = "AWS::Lambda::Url"
INTEGRATION = "AWS::ApiGatewayV2::Integration"
HTTP_API, REST_API = "AWS::ApiGatewayV2::Api", "AWS::ApiGateway::RestApi"
METHODS = "AWS::ApiGateway::Resource"
_MAPPINGS = ("AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGateway::BasePathMapping")
_DOMAINS = ("AWS::ApiGatewayV2::DomainName", "AWS::ApiGateway::DomainName")
_API = re.compile(r"execute-api:[a-z0-9-]*:[0-9]*:([a-z0-9]+)")
_HTTPS = Flow(ANYONE[4], TCP, 443, 443)
_EVERYONE = ("http://acs.amazonaws.com/groups/global/AllUsers",)


def function(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a Lambda function: its URLs, APIs, load balancers.

    Whatever calls a function needs a grant in its policy, so that a policy without one says it all.
    """
    ways = [way for one in _urls(view, graph) for way in _by_url(view, one, graph)]
    for integration in _named_by(view, graph, INTEGRATION, METHODS):
        for api in _targets(integration, graph, HTTP_API, REST_API):
            ways += [_behind(way, view, integration) for way in gateway(api, graph)]
    ways += [_behind(door.way, view) for door in doors(view, graph)]
    return ways + _granted(view, graph, told=bool(ways))


def _granted(view: ResourceView, graph: Graph, *, told: bool) -> list[Way]:
    supplementary = _supplementary(view)
    here = hop(view, "is called by what its policy lets in")
    if "policy" not in supplementary:
        return [] if told else [unknown((here,), f"the policy of {view.native_id}")]
    ways: list[Way] = []
    for statement in statements(supplementary["policy"]):
        ways += [
            _behind(way, view)
            for api in _granted_apis(statement, view, graph)
            for way in gateway(api, graph)
        ]
        if not told and judged(statement) is not ExposureVerdict.BLOCKED:
            ways.append(unknown((here,), f"whether {view.native_id} has a URL"))
    if ways or told:
        return ways
    return [blocked((here,), f"the policy of {view.native_id} lets nothing in from the internet")]


def _granted_apis(
    statement: Mapping[str, Any], view: ResourceView, graph: Graph
) -> Iterator[ResourceView]:
    if "execute-api:" not in (text := json.dumps(statement.get("Condition") or {})):
        return
    for id_ in dict.fromkeys(_API.findall(text)):
        for type_name in (REST_API, HTTP_API):
            found = graph.called(type_name, id_, near=view)
            if found is not None:
                yield found


def _supplementary(view: ResourceView) -> dict[str, Any]:
    """What enrichment calls told, by names in lower case."""
    told = view.configuration.get("supplementary")
    return {str(key).lower(): one for key, one in told.items()} if isinstance(told, dict) else {}


def gateway(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to an API: on its own endpoint, by its own domain names, through distributions."""
    if view.state == DELETED:
        return [blocked((hop(view, "is deleted"),), f"{view.native_id} is deleted")]
    own = [_endpoint(view)]
    return [*own, *by_distributions(view, own, graph), *_by_domains(view, graph)]


def _by_domains(view: ResourceView, graph: Graph) -> Iterator[Way]:
    """The ways by the domain names mapped to an API, which stay open when its own endpoint is off."""
    for mapping in _named_by(view, graph, *_MAPPINGS):
        for domain in _targets(mapping, graph, *_DOMAINS):
            here = (hop(domain, "answers"), hop(mapping, "maps it"), hop(view, "is called"))
            if _kinds_of(domain) == {"PRIVATE"}:
                yield blocked(here, f"{domain.native_id} is a private domain name")
            else:
                yield from _judged_by_policy(view, here)


def _kinds_of(domain: ResourceView) -> set[str]:
    inner = domain.configuration.get("endpointConfiguration")
    types = inner.get("types") if isinstance(inner, dict) else None
    return set(types or ())


def _endpoint(view: ResourceView) -> Way:
    """The way to an API by the host name it has of itself: open unless private or switched off."""
    configuration = view.configuration
    if configuration.get("disableExecuteApiEndpoint") is True:
        return blocked((hop(view, "is off"),), f"{view.native_id} has its own endpoint disabled")
    if view.type == REST_API:
        types = _kinds_of(view)
        if not types:
            return unknown((hop(view, "is known in part"),), f"the endpoint of {view.native_id}")
        if types == {"PRIVATE"}:
            return blocked((hop(view, "is private"),), f"{view.native_id} is a private API")
    return next(_judged_by_policy(view, (hop(view, "answers on its endpoint"),)))


def _judged_by_policy(view: ResourceView, hops: tuple[Hop, ...]) -> Iterator[Way]:
    """What a REST API's own policy, if it has one, makes of a way to it."""
    policy = view.configuration.get("policy") if view.type == REST_API else None
    verdict = weighed(statements(policy)) if policy else ExposureVerdict.REACHABLE
    if verdict is ExposureVerdict.REACHABLE:
        yield open_way(hops, [_HTTPS])
    elif verdict is ExposureVerdict.BLOCKED:
        yield blocked(hops, f"the policy of {view.native_id} lets no stranger in")
    else:
        missing = f"whether the conditions in the policy of {view.native_id} keep strangers out"
        yield unknown(hops, missing)


def bucket(view: ResourceView, graph: Graph) -> list[Way]:
    """The ways to a bucket's objects: its policy and its access control list, as far as not blocked."""
    folded = _supplementary(view)
    block = folded.get("publicaccessblockconfiguration")
    block = block if isinstance(block, dict) else {}
    return [
        _by_policy(view, folded, restricted=block.get("restrictPublicBuckets") is True),
        _by_acl(view, folded, ignored=block.get("ignorePublicAcls") is True),
        *by_distributions_to_bucket(view, graph),
    ]


def _by_policy(view: ResourceView, told: Mapping[str, Any], *, restricted: bool) -> Way:
    if restricted:
        here = hop(view, "blocks public policies")
        return blocked((here,), "its public access block restricts public policies")
    if "bucketpolicy" not in told:
        return unknown((hop(view, "is known in part"),), f"the policy of {view.native_id}")
    verdict = weighed(statements(told["bucketpolicy"]))
    if verdict is ExposureVerdict.REACHABLE:
        return open_way((hop(view, "lets anyone in by its policy"),), [_HTTPS])
    if verdict is ExposureVerdict.UNKNOWN:
        missing = f"whether the conditions in the policy of {view.native_id} keep strangers out"
        return unknown((hop(view, "has a public policy with conditions"),), missing)
    return blocked((hop(view, "has no public policy"),), "its policy lets no stranger in")


def _by_acl(view: ResourceView, told: Mapping[str, Any], *, ignored: bool) -> Way:
    if ignored:
        here = hop(view, "ignores public lists")
        return blocked((here,), "its public access block ignores public access control lists")
    if "accesscontrollist" not in told:
        missing = f"the access control list of {view.native_id}"
        return unknown((hop(view, "is known in part"),), missing)
    if any(one in json.dumps(told["accesscontrollist"]) for one in (*_EVERYONE, "AllUsers")):
        return open_way((hop(view, "lets anyone in by its access control list"),), [_HTTPS])
    here = hop(view, "has no public list")
    return blocked((here,), "its access control list lets no stranger in")


def _urls(view: ResourceView, graph: Graph) -> Iterator[tuple[ResourceView, object]]:
    for one in _named_by(view, graph, URL):
        yield one, one.configuration.get("authType")
    listed = network.dicts(_supplementary(view).get("functionurlconfigs"))
    called = view.configuration.get("functionUrl")
    for config in (*listed, *([called] if isinstance(called, dict) else [])):
        yield view, config.get("authType")


def _by_url(view: ResourceView, url: tuple[ResourceView, object], graph: Graph) -> list[Way]:
    at, auth = url
    own = [_url(view, url)]
    if auth == "NONE":
        return own + by_distributions(at, own, graph)
    return own + by_distributions_signed(view, at, _supplementary(view).get("policy"), graph)


def _url(view: ResourceView, url: tuple[ResourceView, object]) -> Way:
    at, auth = url
    if auth == "NONE":
        between = () if at.id == view.id else (hop(at, "answers anyone"),)
        return open_way((*between, hop(view, "is called by its URL")), [_HTTPS])
    if auth is None:
        return unknown((hop(at, "is known in part"),), f"who may call the URL of {view.native_id}")
    here = (hop(at, f"asks for {auth}"),)
    return blocked(here, f"the URL of {view.native_id} takes signed calls only")


def _behind(way: Way, view: ResourceView, *between: ResourceView) -> Way:
    if way.verdict is not ExposureVerdict.REACHABLE:
        return way
    more = (*(hop(one, "leads on") for one in between), hop(view, "is called"))
    return way.model_copy(update={"hops": (*way.hops, *more)})


def _named_by(view: ResourceView, graph: Graph, *types: str) -> list[ResourceView]:
    return [
        namer.source for type_name in types for namer in graph.namers_of(view, type_name=type_name)
    ]


def _targets(view: ResourceView, graph: Graph, *types: str) -> list[ResourceView]:
    found = (named.target for named in graph.named_by(view))
    return [one for one in found if one and one.type in types and one.state != DELETED]
