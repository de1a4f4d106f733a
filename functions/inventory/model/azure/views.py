"""What of an ARM resource's own configuration the common view shows, type by type, as data.

The rules are those of the catalogue (`functions.inventory.model.view`): ``private`` speaks first, since a
closed door makes what lies behind it nobody's to reach.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple


class View(NamedTuple):
    """Where one type says its state and size, and by which rules it is public and encrypted."""

    state: tuple[str, ...] = ("properties.provisioningState",)
    size: tuple[str, ...] = ("sku.name", "properties.sku.name")
    public: str = "properties.publicNetworkAccess=Enabled"
    private: str = (
        "properties.publicNetworkAccess=Disabled|SecuredByPerimeter"
        " or properties.networkAcls.defaultAction=Deny"
    )
    encrypted: str = ""


CREATED = (
    "createdTime",
    "systemData.createdAt",
    "properties.creationTime",
    "properties.timeCreated",
    "properties.creationDate",
    "properties.createdDate",
    "properties.dateCreated",
    "properties.creationTimestamp",
    "properties.createdTime",
    "properties.createdAt",
    "properties.createdOn",
    "properties.createTime",
    "properties.creationData.createTime",
)
MAKER = "systemData.createdBy"
DEFAULT = View()
_POWER = ("properties.extended.instanceView.powerState.code", "properties.provisioningState")
_SERVER = ("properties.state", "properties.userVisibleState", "properties.provisioningState")
_ENCRYPTED = DEFAULT._replace(encrypted="yes")
_NEVER_REACHED = DEFAULT._replace(public="no", private="")

# Sources: each provider's REST reference; encryption at rest: "Azure data encryption at rest".
VIEWS = MappingProxyType(
    {
        "Microsoft.Compute/virtualMachines": View(
            state=_POWER,
            size=("properties.hardwareProfile.vmSize",),
            public="",
            encrypted="properties.securityProfile.encryptionAtHost",
        ),
        "Microsoft.Compute/virtualMachineScaleSets": DEFAULT._replace(
            encrypted="properties.virtualMachineProfile.securityProfile.encryptionAtHost", public=""
        ),
        "Microsoft.Compute/disks": View(
            state=("properties.diskState", "properties.provisioningState"),
            size=("properties.diskSizeGB GiB", "sku.name"),
            public="properties.networkAccessPolicy=AllowAll",
            private="properties.publicNetworkAccess=Disabled",
            encrypted="yes",
        ),
        "Microsoft.Compute/snapshots": View(
            size=("properties.diskSizeGB GiB", "sku.name"),
            public="properties.networkAccessPolicy=AllowAll",
            private="properties.publicNetworkAccess=Disabled",
            encrypted="yes",
        ),
        "Microsoft.Storage/storageAccounts": View(
            state=("properties.statusOfPrimary", "properties.provisioningState"),
            public="properties.networkAcls.defaultAction=Allow",
            encrypted="yes",
        ),
        "Microsoft.Storage/storageAccounts/blobServices/containers": View(
            state=("properties.leaseState",),
            public="properties.publicAccess=Blob|Container",
            private="",
            encrypted="yes",
        ),
        "Microsoft.Sql/servers": _ENCRYPTED._replace(state=_SERVER),
        "Microsoft.Sql/servers/databases": View(
            state=("properties.status",),
            size=("properties.currentServiceObjectiveName", "sku.name"),
            public="",
            encrypted="properties.transparentDataEncryption.state",
        ),
        "Microsoft.DBforMySQL/servers": _ENCRYPTED._replace(state=_SERVER),
        "Microsoft.DBforMySQL/flexibleServers": _ENCRYPTED._replace(
            state=_SERVER, public="properties.network.publicNetworkAccess=Enabled"
        ),
        "Microsoft.DBforPostgreSQL/servers": _ENCRYPTED._replace(state=_SERVER),
        "Microsoft.DBforPostgreSQL/flexibleServers": _ENCRYPTED._replace(
            state=_SERVER, public="properties.network.publicNetworkAccess=Enabled"
        ),
        "Microsoft.DocumentDB/databaseAccounts": _ENCRYPTED._replace(
            size=("properties.databaseAccountOfferType",),
            private="properties.publicNetworkAccess=Disabled or properties.isVirtualNetworkFilterEnabled",
        ),
        "Microsoft.KeyVault/vaults": View(
            size=("properties.sku.name",),
            public="properties.publicNetworkAccess=Enabled or properties.networkAcls.defaultAction=Allow",
            encrypted="yes",
        ),
        "Microsoft.CognitiveServices/accounts": _ENCRYPTED,
        "Microsoft.Cache/Redis": DEFAULT._replace(size=("properties.sku.name",)),
        "Microsoft.ContainerRegistry/registries": _ENCRYPTED,
        "Microsoft.ContainerService/managedClusters": View(
            state=("properties.powerState.code", "properties.provisioningState"),
            size=("sku.tier", "sku.name"),
            public="properties.apiServerAccessProfile.enablePrivateCluster=False",
            private="properties.apiServerAccessProfile.enablePrivateCluster",
        ),
        "Microsoft.Network/publicIPAddresses": DEFAULT._replace(
            public="properties.ipAddress?", private=""
        ),
        "Microsoft.Network/networkInterfaces": DEFAULT._replace(
            public="properties.ipConfigurations[].properties.publicIPAddress?", private=""
        ),
        "Microsoft.Network/loadBalancers": DEFAULT._replace(
            public="properties.frontendIPConfigurations[].properties.publicIPAddress?", private=""
        ),
        "Microsoft.Network/applicationGateways": DEFAULT._replace(
            state=("properties.operationalState", "properties.provisioningState"),
            size=("properties.sku.name",),
            public="properties.frontendIPConfigurations[].properties.publicIPAddress?",
            private="",
        ),
        "Microsoft.Network/networkSecurityGroups": _NEVER_REACHED,
        "Microsoft.Network/virtualNetworks": _NEVER_REACHED,
        "Microsoft.Network/routeTables": _NEVER_REACHED,
        "Microsoft.Network/networkWatchers": _NEVER_REACHED,
        "Microsoft.Web/sites": View(
            state=("properties.state",),
            size=("properties.sku",),
            public="properties.publicNetworkAccess=Enabled",
            private="properties.publicNetworkAccess=Disabled",
        ),
        "Microsoft.Web/serverfarms": _NEVER_REACHED._replace(
            state=("properties.status", "properties.provisioningState")
        ),
        "Microsoft.Resources/resourceGroups": _NEVER_REACHED,
        "Microsoft.Resources/subscriptions": _NEVER_REACHED._replace(
            state=("state", "properties.state"), size=("properties.quotaId",)
        ),
    }
)


def view_of(type_name: str) -> View:
    """The rows of a type; what most types have in common where it has none of its own."""
    return VIEWS.get(type_name, DEFAULT)
