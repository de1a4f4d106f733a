"""The names in the internet's own directory by which resources answer, and who else means them by those.

A load balancer, an API or a site is told apart by its id and called by its host name; what leads on to a host
name leads on to whoever answers there. Paths are those of the configurations; ``{...}`` fills a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from functions.inventory.model.patch import Json
from functions.inventory.model.paths import each

HOST = "DNS::Name"
"""The type of what is named by its host name alone."""
ANSWERS = "answers at"
_EVERY = "*"
_S3_HOST = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9._-]+?)\.s3(?:[.-](?:website[.-])?(?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com"
)
_SITE = re.compile(r"[a-z0-9_*-]+(?:\.[a-z0-9_-]+)+")
_LONGEST = 253

# Sources: the APIs' output shapes; for Azure the ARM template reference; Cloud Run Admin API.
PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AWS::ElasticLoadBalancingV2::LoadBalancer": ("dNSName",),
        "AWS::ElasticLoadBalancing::LoadBalancer": ("dNSName", "canonicalHostedZoneName"),
        "AWS::CloudFront::Distribution": (
            "domainName",
            "aliases.items[]",
            "distributionConfig.aliases.items[]",
        ),
        "AWS::ApiGatewayV2::Api": ("apiEndpoint",),
        "AWS::Lambda::Url": ("functionUrl",),
        "AWS::Lambda::Function": ("supplementary.FunctionUrlConfigs[].functionUrl",),
        "AWS::GlobalAccelerator::Accelerator": ("dnsName", "dualStackDnsName"),
        "AWS::EC2::Instance": ("publicDnsName",),
        "Microsoft.Web/sites": ("properties.defaultHostName", "properties.hostNames[]"),
        "Microsoft.Storage/storageAccounts": ("properties.primaryEndpoints.*",),
        "Microsoft.Network/publicIPAddresses": ("properties.dnsSettings.fqdn",),
        "Microsoft.Network/frontDoors": ("properties.frontendEndpoints[].properties.hostName",),
        "Microsoft.Cdn/profiles/afdEndpoints": ("properties.hostName",),
        "Microsoft.App/containerApps": ("properties.configuration.ingress.fqdn",),
        "Microsoft.ApiManagement/service": ("properties.gatewayUrl",),
        "run.googleapis.com/Service": ("status.url", "status.address.url", "uri"),
    }
)
_TEMPLATES = MappingProxyType(
    {"AWS::ApiGateway::RestApi": "{id}.execute-api.{region}.amazonaws.com"}
)


def host_of(text: object) -> str:
    """The host name in a text that is one, or a URL; empty where it has none."""
    name = str(text).strip().lower()
    name = name.rpartition("://")[2].partition("/")[0].partition(":")[0].rstrip(".")
    return name if len(name) <= _LONGEST and _SITE.fullmatch(name) else ""


def bucket_of(host: str) -> str | None:
    """The bucket that a host name of Amazon S3's has in it."""
    found = _S3_HOST.fullmatch(host)
    return found["bucket"] if found else None


def hosts_of(
    type_name: str, region: str, id_: str, configuration: Mapping[str, Json]
) -> tuple[str, ...]:
    """The host names that a resource answers at."""
    found = [host_of(one) for path in PLACES.get(type_name, ()) for one in _at(path, configuration)]
    template = _TEMPLATES.get(type_name)
    if template:
        found.append(template.format(id=id_, region=region).lower())
    return tuple(dict.fromkeys(one for one in found if one))


def _at(path: str, configuration: Mapping[str, Json]) -> Iterator[Any]:
    outer, _, last = path.rpartition(".")
    if last != _EVERY:
        yield from each(path, configuration)
        return
    for inner in each(outer, configuration):
        yield from inner.values() if isinstance(inner, dict) else ()
