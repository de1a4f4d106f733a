"""What of a Google resource's own data the common view shows, asset type by asset type, as data."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple


class View(NamedTuple):
    """Where one type says its labels, state and size, and by which rules it is public and encrypted."""

    labels: tuple[str, ...] = ("labels", "resourceLabels", "userLabels")
    state: tuple[str, ...] = ("state", "status", "lifecycleState", "currentState")
    size: tuple[str, ...] = ()
    public: str = ""
    private: str = ""
    encrypted: str = ""


CREATED = (
    "creationTimestamp",
    "createTime",
    "timeCreated",
    "creationTime",
    "metadata.creationTimestamp",
    "insertTime",
)
NAMES = ("displayName", "friendlyName", "projectId", "metadata.name", "name")
LOCATIONS = ("location", "zone", "region", "locationId", "gceZone")
_ANYBODY = "allUsers|allAuthenticatedUsers"
_BY_POLICY = f"supplementary.iamPolicy.bindings[].members[]={_ANYBODY}"
DEFAULT = View(public=_BY_POLICY)
_STORED = DEFAULT._replace(encrypted="yes")
_COMPUTE = DEFAULT._replace(state=("status", "state"))

# Sources: each API's REST reference; encryption: "Default encryption at rest", which holds for all customers.
VIEWS = MappingProxyType(
    {
        "compute.googleapis.com/Instance": View(
            size=("machineType",),
            public="networkInterfaces[].accessConfigs[].natIP?",
            encrypted="yes",
        ),
        "compute.googleapis.com/Disk": _STORED._replace(size=("sizeGb GB",)),
        "compute.googleapis.com/Snapshot": _STORED._replace(size=("diskSizeGb GB",)),
        "compute.googleapis.com/Image": _STORED._replace(size=("diskSizeGb GB",)),
        "compute.googleapis.com/Address": _COMPUTE._replace(public="addressType=EXTERNAL"),
        "compute.googleapis.com/GlobalAddress": _COMPUTE._replace(public="addressType=EXTERNAL"),
        "compute.googleapis.com/ForwardingRule": _COMPUTE._replace(
            public="loadBalancingScheme=EXTERNAL|EXTERNAL_MANAGED"
        ),
        "compute.googleapis.com/GlobalForwardingRule": _COMPUTE._replace(
            public="loadBalancingScheme=EXTERNAL|EXTERNAL_MANAGED"
        ),
        "storage.googleapis.com/Bucket": View(
            size=("storageClass",),
            public=f"{_BY_POLICY} or acl[].entity={_ANYBODY}",
            private="iamConfiguration.publicAccessPrevention=enforced",
            encrypted="yes",
        ),
        "bigquery.googleapis.com/Dataset": _STORED._replace(
            public=f"access[].specialGroup=allAuthenticatedUsers or access[].iamMember={_ANYBODY}"
        ),
        "bigquery.googleapis.com/Table": _STORED,
        "bigtableadmin.googleapis.com/Instance": _STORED,
        "bigtableadmin.googleapis.com/Cluster": _STORED,
        "spanner.googleapis.com/Instance": _STORED._replace(size=("nodeCount nodes",)),
        "spanner.googleapis.com/Database": _STORED,
        "firestore.googleapis.com/Database": _STORED,
        "pubsub.googleapis.com/Topic": _STORED,
        "redis.googleapis.com/Instance": _STORED._replace(size=("memorySizeGb GB",)),
        "sqladmin.googleapis.com/Instance": View(
            labels=("settings.userLabels",),
            size=("settings.tier",),
            public="settings.ipConfiguration.authorizedNetworks[].value=0.0.0.0/0",
            private="settings.ipConfiguration.ipv4Enabled=False",
            encrypted="yes",
        ),
        "container.googleapis.com/Cluster": View(
            size=("currentNodeCount nodes",),
            public="privateClusterConfig.enablePrivateEndpoint!=True",
            private="privateClusterConfig.enablePrivateEndpoint",
            encrypted="yes",
        ),
        "container.googleapis.com/NodePool": View(
            labels=("config.resourceLabels",), size=("config.machineType",)
        ),
        "run.googleapis.com/Service": DEFAULT._replace(labels=("metadata.labels", "labels")),
        "secretmanager.googleapis.com/Secret": _STORED,
        "artifactregistry.googleapis.com/Repository": _STORED,
        "cloudresourcemanager.googleapis.com/Project": DEFAULT,
    }
)


# What can have an IAM policy of its own: without one it says that nobody is let in by it.
# Source: IAM, "Resource types that accept allow policies".
POLICED = frozenset(
    {
        "artifactregistry.googleapis.com/Repository",
        "bigquery.googleapis.com/Dataset",
        "cloudfunctions.googleapis.com/CloudFunction",
        "cloudfunctions.googleapis.com/Function",
        "cloudkms.googleapis.com/CryptoKey",
        "cloudkms.googleapis.com/KeyRing",
        "cloudresourcemanager.googleapis.com/Project",
        "iam.googleapis.com/ServiceAccount",
        "pubsub.googleapis.com/Subscription",
        "pubsub.googleapis.com/Topic",
        "run.googleapis.com/Job",
        "run.googleapis.com/Service",
        "secretmanager.googleapis.com/Secret",
        "storage.googleapis.com/Bucket",
    }
)
NO_POLICY = MappingProxyType({"bindings": ()})


def view_of(asset_type: str) -> View:
    """The rows of a type; what most types have in common where it has none of its own."""
    return VIEWS.get(asset_type, DEFAULT)
