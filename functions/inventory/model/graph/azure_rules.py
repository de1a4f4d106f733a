"""Which members of ARM's descriptions name another resource: plain data."""

from __future__ import annotations

from collections.abc import Mapping

from functions.inventory.model.graph.hosts import HOST
from functions.inventory.model.graph.kinds import (
    ATTACHED,
    COPY,
    GUARD,
    IN,
    KEY,
    MADE,
    PART,
    PEERS,
    ROUTES,
    RUNS,
    USES,
    Rule,
)

MEMBERS: Mapping[str, Rule] = {
    "managedby": Rule(PART),
    "userassignedidentities": Rule(RUNS),
}

TYPES: Mapping[str, Mapping[str, Rule]] = {
    # Azure: ARM ids tell their own type, the path what they mean. Source: the ARM template reference.
    "microsoft.compute/virtualmachines": {
        "properties.networkProfile.networkInterfaces.id": Rule(USES),
        "properties.storageProfile.osDisk.managedDisk.id": Rule(USES),
        "properties.storageProfile.dataDisks.managedDisk.id": Rule(USES),
        "properties.availabilitySet.id": Rule(IN),
        "properties.storageProfile.imageReference.id": Rule(MADE),
    },
    "microsoft.compute/disks": {
        "managedBy": Rule(ATTACHED),
        "properties.creationData.sourceResourceId": Rule(MADE),
        "properties.encryption.diskEncryptionSetId": Rule(KEY),
    },
    "microsoft.compute/snapshots": {"properties.creationData.sourceResourceId": Rule(COPY)},
    "microsoft.network/networkinterfaces": {
        "properties.virtualMachine.id": Rule(ATTACHED),
        "properties.networkSecurityGroup.id": Rule(GUARD),
        "properties.ipConfigurations.properties.subnet.id": Rule(IN),
        "properties.ipConfigurations.properties.publicIPAddress.id": Rule(USES),
    },
    "microsoft.network/publicipaddresses": {"properties.ipConfiguration.id": Rule(ATTACHED)},
    "microsoft.network/virtualnetworks": {
        "properties.subnets.properties.networkSecurityGroup.id": Rule(GUARD),
        "properties.subnets.properties.routeTable.id": Rule(USES),
        "properties.virtualNetworkPeerings.properties.remoteVirtualNetwork.id": Rule(PEERS),
    },
    "microsoft.network/networksecuritygroups": {
        "properties.networkInterfaces.id": Rule("is used by"),
        "properties.subnets.id": Rule("is used by"),
    },
    "microsoft.network/loadbalancers": {
        "properties.frontendIPConfigurations.properties.publicIPAddress.id": Rule(USES),
        "properties.backendAddressPools.properties.backendIPConfigurations.id": Rule(ROUTES),
    },
    "microsoft.network/applicationgateways": {
        "properties.gatewayIPConfigurations.properties.subnet.id": Rule(IN),
        "properties.frontendIPConfigurations.properties.publicIPAddress.id": Rule(USES),
        "properties.backendAddressPools.properties.backendIPConfigurations.id": Rule(ROUTES),
        "properties.backendAddressPools.properties.backendAddresses.fqdn": Rule(ROUTES, HOST),
        "properties.firewallPolicy.id": Rule(GUARD),
    },
    "microsoft.network/frontdoors": {
        "properties.backendPools.properties.backends.address": Rule(ROUTES, HOST),
    },
    "microsoft.cdn/profiles/origingroups/origins": {"properties.hostName": Rule(ROUTES, HOST)},
    "microsoft.cdn/profiles/afdendpoints/routes": {"properties.originGroup.id": Rule(ROUTES)},
    "microsoft.web/sites": {"properties.serverFarmId": Rule(IN)},
}
