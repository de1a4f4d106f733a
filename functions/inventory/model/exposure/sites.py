"""Where a resource can be spoken to: its subnets, groups and addresses, read from its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from functions.inventory.model.exposure.network import dicts, ids
from functions.inventory.model.patch import Json
from functions.inventory.model.resource import Frozen


class Site(Frozen):
    """One interface in one subnet; ``interface`` is its id where it has one."""

    subnet: str
    vpc: str
    groups: tuple[str, ...]
    interface: str = ""
    v4: bool = False
    v6: bool = False
    private: tuple[str, ...] = ()

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions of IP by which the internet could address it."""
        return (*((4,) if self.v4 else ()), *((6,) if self.v6 else ()))


def of_instance(configuration: Mapping[str, Json]) -> list[Site]:
    """The interfaces of an EC2 instance; the one that its own members describe where none is listed."""
    listed = dicts(configuration.get("networkInterfaces"))
    if listed:
        return [of_interface(one) for one in listed]
    if not configuration.get("subnetId"):
        return []
    addresses = dicts(configuration.get("ipv6Addresses")) or configuration.get("ipv6Address")
    return [
        Site(
            subnet=str(configuration["subnetId"]),
            vpc=str(configuration.get("vpcId") or ""),
            groups=ids(configuration.get("securityGroups"), "groupId"),
            v4=bool(configuration.get("publicIpAddress")),
            v6=bool(addresses),
            private=tuple(_texts(configuration.get("privateIpAddress"))),
        )
    ]


def of_interface(configuration: Mapping[str, Any]) -> Site:
    """A network interface."""
    association = configuration.get("association")
    addresses = dicts(configuration.get("privateIpAddresses"))
    public = isinstance(association, dict) and bool(association.get("publicIp"))
    return Site(
        subnet=str(configuration.get("subnetId") or ""),
        vpc=str(configuration.get("vpcId") or ""),
        groups=ids(configuration.get("groups"), "groupId"),
        interface=str(configuration.get("networkInterfaceId") or ""),
        v4=public or any(_is_public(one) for one in addresses),
        v6=bool(dicts(configuration.get("ipv6Addresses"))),
        private=tuple(_texts(configuration.get("privateIpAddress"))),
    )


def of_balancer(configuration: Mapping[str, Json]) -> list[Site]:
    """The subnets of a load balancer, of either generation."""
    zones = configuration.get("availabilityZones")
    subnets = ids(zones, "subnetId") if dicts(zones) else ids(configuration.get("subnets"), "id")
    return [
        Site(
            subnet=subnet,
            vpc=str(configuration.get("vpcId") or configuration.get("vPCId") or ""),
            groups=ids(configuration.get("securityGroups"), "groupId"),
            v4=True,
            v6=str(configuration.get("ipAddressType") or "").startswith("dualstack"),
        )
        for subnet in subnets
    ]


def of_service(configuration: Mapping[str, Json]) -> list[Site]:
    """The subnets of an ECS service whose tasks have interfaces of their own."""
    outer = configuration.get("networkConfiguration")
    inner = outer.get("awsvpcConfiguration") if isinstance(outer, dict) else None
    inner = inner if isinstance(inner, dict) else {}
    return [
        Site(
            subnet=subnet,
            vpc="",
            groups=ids(inner.get("securityGroups"), "groupId"),
            v4=inner.get("assignPublicIp") == "ENABLED",
        )
        for subnet in ids(inner.get("subnets"), "id")
    ]


def of_database(configuration: Mapping[str, Json]) -> list[Site]:
    """The subnets of a database instance."""
    group = configuration.get("dBSubnetGroup") or configuration.get("dbsubnetGroup")
    group = group if isinstance(group, dict) else {}
    return [
        Site(
            subnet=subnet,
            vpc=str(group.get("vpcId") or ""),
            groups=ids(configuration.get("vpcSecurityGroups"), "vpcSecurityGroupId"),
            v4=True,
        )
        for subnet in ids(group.get("subnets"), "subnetIdentifier")
    ]


def _is_public(address: Mapping[str, Any]) -> bool:
    association = address.get("association")
    return isinstance(association, dict) and bool(association.get("publicIp"))


def _texts(*values: Json) -> Iterator[str]:
    yield from (value for value in values if isinstance(value, str) and value)
