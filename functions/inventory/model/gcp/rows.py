"""The list calls of Google's own services, as rows of data: for projects without asset inventory.

A row says where a service lists, where the items are in the answer, of which asset type they are and how
their full resource name follows: from the item's self link (``@link``), from its relative name (``@name``),
or from a template of the item's members and the request's own parameters; ``||`` stands between several,
of which the first that can be filled counts.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

FIELD = re.compile(r"\{([^}]+)\}")
"""A member in a template or a path."""
LINK, NAME = "@link", "@name"


class Row(NamedTuple):
    """One list call."""

    host: str
    path: str
    items: str
    name: str
    type: str = ""
    account: str = ""

    @property
    def pattern(self) -> re.Pattern[str]:
        """What a request's path matches, with its parameters as groups."""
        return _pattern(self.path)


_COMPUTE_WIDE = "autoscalers addresses disks forwardingRules instances routers subnetworks"
_COMPUTE_GLOBAL = (
    "addresses backendBuckets backendServices firewalls forwardingRules healthChecks httpHealthChecks "
    "httpsHealthChecks images instanceTemplates interconnects networks routes securityPolicies snapshots "
    "sslCertificates sslPolicies targetHttpProxies targetHttpsProxies targetSslProxies targetTcpProxies "
    "urlMaps"
)
_COMPUTE_ZONAL = "autoscalers disks instanceGroupManagers instances targetInstances"
_VERTEX = (
    "batchPredictionJobs customJobs endpoints evaluationRuns hyperparameterTuningJobs "
    "modelDeploymentMonitoringJobs models"
)
_IN = "v1/projects/{project}/locations/{location}"
_COMPUTE = "compute.googleapis.com"
_SQL = "//cloudsql.googleapis.com/projects/{project}/instances"
_DNS = "//dns.googleapis.com/projects/{project}"
_BIGQUERY = "//bigquery.googleapis.com/projects/{datasetReference|projectId}/datasets"
_TABLES = "//bigquery.googleapis.com/projects/{tableReference|projectId}/datasets"
_FIRESTORE = "v1/projects/{project}/databases"
# Some answers leave the unique id out.
_ACCOUNT = "//iam.googleapis.com"
_ACCOUNTS = f"{_ACCOUNT}/projects/{{projectId}}/serviceAccounts/{{uniqueId}}||{_ACCOUNT}/{{name}}"
_SQL_ROWS = (
    ("instances", f"{_SQL}/{{name}}", "Instance"),
    ("instances/{instance}/backupRuns", f"{_SQL}/{{instance}}/backupRuns/{{id}}", "BackupRun"),
    (
        "instances/{instance}/sslCerts",
        f"{_SQL}/{{instance}}/sslCerts/{{sha1Fingerprint}}",
        "SslCert",
    ),
    ("instances/{instance}/users", f"{_SQL}/{{instance}}/users/{{name}}@{{host}}", "User"),
)

# Sources: each API's REST reference, "list" methods; names: "Resource names" of Cloud Asset Inventory.
ROWS: tuple[Row, ...] = (
    *(
        Row(_COMPUTE, f"compute/v1/projects/{{project}}/aggregated/{one}", f"items.*.{one}", LINK)
        for one in _COMPUTE_WIDE.split()
    ),
    *(
        Row(_COMPUTE, f"compute/v1/projects/{{project}}/global/{one}", "items", LINK)
        for one in _COMPUTE_GLOBAL.split()
    ),
    *(
        Row(_COMPUTE, f"compute/v1/projects/{{project}}/zones/{{zone}}/{one}", "items", LINK)
        for one in _COMPUTE_ZONAL.split()
    ),
    *(Row("aiplatform.googleapis.com", f"{_IN}/{one}", one, NAME) for one in _VERTEX.split()),
    *(
        Row(
            "sqladmin.googleapis.com",
            f"sql/v1beta4/projects/{{project}}/{path}",
            "items",
            name,
            f"sqladmin.googleapis.com/{kind}",
        )
        for path, name, kind in _SQL_ROWS
    ),
    Row("apikeys.googleapis.com", "v2/projects/{project}/locations/{location}/keys", "keys", NAME),
    Row("appengine.googleapis.com", "v1/apps/{app}/services", "services", NAME),
    Row("appengine.googleapis.com", "v1/apps/{app}/services/{service}/versions", "versions", NAME),
    Row("appengine.googleapis.com", "v1/apps/{app}/domainMappings", "domainMappings", NAME),
    Row(
        "appengine.googleapis.com",
        "v1/apps/{app}/firewall/ingressRules",
        "ingressRules",
        "//appengine.googleapis.com/apps/{app}/firewall/ingressRules/{priority}",
    ),
    Row("artifactregistry.googleapis.com", f"{_IN}/repositories", "repositories", NAME),
    Row(
        "bigquery.googleapis.com",
        "bigquery/v2/projects/{project}/datasets",
        "datasets",
        f"{_BIGQUERY}/{{datasetReference|datasetId}}",
        "bigquery.googleapis.com/Dataset",
    ),
    Row(
        "bigquery.googleapis.com",
        "bigquery/v2/projects/{project}/datasets/{dataset}/tables",
        "tables",
        f"{_TABLES}/{{tableReference|datasetId}}/tables/{{tableReference|tableId}}",
        "bigquery.googleapis.com/Table",
    ),
    Row("bigtableadmin.googleapis.com", "v2/projects/{project}/instances", "instances", NAME),
    Row(
        "bigtableadmin.googleapis.com",
        "v2/projects/{project}/instances/{instance}/clusters",
        "clusters",
        NAME,
    ),
    Row(
        "bigtableadmin.googleapis.com",
        "v2/projects/{project}/instances/{instance}/clusters/{cluster}/backups",
        "backups",
        NAME,
    ),
    Row("certificatemanager.googleapis.com", f"{_IN}/certificates", "certificates", NAME),
    Row(
        "cloudbilling.googleapis.com",
        "v1/billingAccounts",
        "billingAccounts",
        NAME,
        account="{name}",
    ),
    Row("cloudfunctions.googleapis.com", f"{_IN}/functions", "functions", NAME),
    Row("cloudkms.googleapis.com", f"{_IN}/keyRings", "keyRings", NAME),
    Row("cloudkms.googleapis.com", f"{_IN}/keyRings/{{ring}}/cryptoKeys", "cryptoKeys", NAME),
    Row(
        "cloudkms.googleapis.com",
        f"{_IN}/keyRings/{{ring}}/cryptoKeys/{{key}}/cryptoKeyVersions",
        "cryptoKeyVersions",
        NAME,
    ),
    Row(
        "cloudresourcemanager.googleapis.com",
        "v1/projects",
        "projects",
        "//cloudresourcemanager.googleapis.com/projects/{projectNumber}",
        account="{projectId}",
    ),
    Row("cloudresourcemanager.googleapis.com", "v2/folders", "folders", NAME, account="{parent}"),
    Row(
        "cloudresourcemanager.googleapis.com",
        "v1/organizations:search",
        "organizations",
        NAME,
        account="{name}",
    ),
    Row("container.googleapis.com", f"{_IN}/clusters", "clusters", LINK),
    Row(
        "dataflow.googleapis.com",
        "v1b3/projects/{project}/jobs:aggregated",
        "jobs",
        "//dataflow.googleapis.com/projects/{projectId}/locations/{location}/jobs/{id}",
    ),
    Row(
        "deploymentmanager.googleapis.com",
        "deploymentmanager/v2/projects/{project}/global/deployments",
        "deployments",
        "//deploymentmanager.googleapis.com/projects/{project}/global/deployments/{name}",
    ),
    *(
        Row(
            "dns.googleapis.com",
            f"dns/{version}/projects/{{project}}/managedZones",
            "managedZones",
            f"{_DNS}/managedZones/{{name}}",
        )
        for version in ("v1", "v1beta2")
    ),
    Row(
        "dns.googleapis.com",
        "dns/v1beta2/projects/{project}/policies",
        "policies",
        f"{_DNS}/policies/{{name}}",
    ),
    Row(
        "dns.googleapis.com",
        "dns/v1/projects/{project}/managedZones/{zone}/rrsets",
        "rrsets",
        f"{_DNS}/managedZones/{{zone}}/rrsets/{{name}}/{{type}}",
    ),
    Row("firestore.googleapis.com", _FIRESTORE, "databases", NAME),
    Row(
        "firestore.googleapis.com",
        f"{_FIRESTORE}/{{database}}/backupSchedules",
        "backupSchedules",
        NAME,
    ),
    *(
        Row(
            "firestore.googleapis.com",
            f"{_FIRESTORE}/{{database}}/collectionGroups/{{group}}/{one}",
            one,
            NAME,
        )
        for one in ("fields", "indexes")
    ),
    Row("iam.googleapis.com", "v1/projects/{project}/serviceAccounts", "accounts", _ACCOUNTS),
    Row("iam.googleapis.com", "v1/projects/{project}/serviceAccounts/{account}/keys", "keys", NAME),
    *(
        Row(
            "logging.googleapis.com",
            f"v2/projects/{{project}}/{one}",
            one,
            f"//logging.googleapis.com/projects/{{project}}/{one}/{{name}}",
        )
        for one in ("exclusions", "metrics", "sinks")
    ),
    Row("ml.googleapis.com", "v1/projects/{project}/models", "models", NAME),
    Row("networkconnectivity.googleapis.com", f"{_IN}/spokes", "spokes", NAME),
    Row(
        "notebooks.googleapis.com",
        "v2/projects/{project}/locations/{location}/instances",
        "instances",
        NAME,
    ),
    *(
        Row("pubsub.googleapis.com", f"v1/projects/{{project}}/{one}", one, NAME)
        for one in ("snapshots", "subscriptions", "topics")
    ),
    Row("redis.googleapis.com", f"{_IN}/instances", "instances", NAME),
    Row(
        "run.googleapis.com",
        f"{_IN}/services",
        "items",
        "//run.googleapis.com/projects/{project}/locations/"
        "{metadata|labels|cloud.googleapis.com/location}/services/{metadata|name}",
        "run.googleapis.com/Service",
    ),
    Row("sourcerepo.googleapis.com", "v1/projects/{project}/repos", "repos", NAME),
    Row("spanner.googleapis.com", "v1/projects/{project}/instances", "instances", NAME),
    *(
        Row(
            "spanner.googleapis.com",
            f"v1/projects/{{project}}/instances/{{instance}}/{one}",
            one,
            NAME,
        )
        for one in ("backups", "databases")
    ),
    Row(
        "storage.googleapis.com",
        "storage/v1/b",
        "items",
        "//storage.googleapis.com/{name}",
        "storage.googleapis.com/Bucket",
    ),
)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    words = FIELD.split(path)
    parts = [
        f"(?P<{word}>[^/]+)" if place % 2 else re.escape(word) for place, word in enumerate(words)
    ]
    return re.compile("".join(parts))
