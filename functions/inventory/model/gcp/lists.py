"""The list calls of Google's own services, as rows of data: for projects without asset inventory.

A row says where a service lists, where the items are in the answer, of which asset type they are and how
their full resource name follows: from the item's self link (``@link``), from its relative name (``@name``),
or from a template of the item's members and the request's own parameters; ``||`` stands between several,
of which the first that can be filled counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from functions.inventory.model.discovery import Listed, Problem
from functions.inventory.model.gcp.names import (
    of_link,
    project_in,
    type_of_collection,
    type_of_kind,
)
from functions.inventory.model.gcp.read import ORGANIZATION, Named, no_name, of_resource

_FIELD = re.compile(r"\{([^}]+)\}")
_LINK, _NAME = "@link", "@name"


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
        Row(_COMPUTE, f"compute/v1/projects/{{project}}/aggregated/{one}", f"items.*.{one}", _LINK)
        for one in _COMPUTE_WIDE.split()
    ),
    *(
        Row(_COMPUTE, f"compute/v1/projects/{{project}}/global/{one}", "items", _LINK)
        for one in _COMPUTE_GLOBAL.split()
    ),
    *(
        Row(_COMPUTE, f"compute/v1/projects/{{project}}/zones/{{zone}}/{one}", "items", _LINK)
        for one in _COMPUTE_ZONAL.split()
    ),
    *(Row("aiplatform.googleapis.com", f"{_IN}/{one}", one, _NAME) for one in _VERTEX.split()),
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
    Row("apikeys.googleapis.com", "v2/projects/{project}/locations/{location}/keys", "keys", _NAME),
    Row("appengine.googleapis.com", "v1/apps/{app}/services", "services", _NAME),
    Row("appengine.googleapis.com", "v1/apps/{app}/services/{service}/versions", "versions", _NAME),
    Row("appengine.googleapis.com", "v1/apps/{app}/domainMappings", "domainMappings", _NAME),
    Row(
        "appengine.googleapis.com",
        "v1/apps/{app}/firewall/ingressRules",
        "ingressRules",
        "//appengine.googleapis.com/apps/{app}/firewall/ingressRules/{priority}",
    ),
    Row("artifactregistry.googleapis.com", f"{_IN}/repositories", "repositories", _NAME),
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
    Row("bigtableadmin.googleapis.com", "v2/projects/{project}/instances", "instances", _NAME),
    Row(
        "bigtableadmin.googleapis.com",
        "v2/projects/{project}/instances/{instance}/clusters",
        "clusters",
        _NAME,
    ),
    Row(
        "bigtableadmin.googleapis.com",
        "v2/projects/{project}/instances/{instance}/clusters/{cluster}/backups",
        "backups",
        _NAME,
    ),
    Row("certificatemanager.googleapis.com", f"{_IN}/certificates", "certificates", _NAME),
    Row(
        "cloudbilling.googleapis.com",
        "v1/billingAccounts",
        "billingAccounts",
        _NAME,
        account="{name}",
    ),
    Row("cloudfunctions.googleapis.com", f"{_IN}/functions", "functions", _NAME),
    Row("cloudkms.googleapis.com", f"{_IN}/keyRings", "keyRings", _NAME),
    Row("cloudkms.googleapis.com", f"{_IN}/keyRings/{{ring}}/cryptoKeys", "cryptoKeys", _NAME),
    Row(
        "cloudkms.googleapis.com",
        f"{_IN}/keyRings/{{ring}}/cryptoKeys/{{key}}/cryptoKeyVersions",
        "cryptoKeyVersions",
        _NAME,
    ),
    Row(
        "cloudresourcemanager.googleapis.com",
        "v1/projects",
        "projects",
        "//cloudresourcemanager.googleapis.com/projects/{projectNumber}",
        account="{projectId}",
    ),
    Row("cloudresourcemanager.googleapis.com", "v2/folders", "folders", _NAME, account="{parent}"),
    Row(
        "cloudresourcemanager.googleapis.com",
        "v1/organizations:search",
        "organizations",
        _NAME,
        account="{name}",
    ),
    Row("container.googleapis.com", f"{_IN}/clusters", "clusters", _LINK),
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
    Row("firestore.googleapis.com", _FIRESTORE, "databases", _NAME),
    Row(
        "firestore.googleapis.com",
        f"{_FIRESTORE}/{{database}}/backupSchedules",
        "backupSchedules",
        _NAME,
    ),
    *(
        Row(
            "firestore.googleapis.com",
            f"{_FIRESTORE}/{{database}}/collectionGroups/{{group}}/{one}",
            one,
            _NAME,
        )
        for one in ("fields", "indexes")
    ),
    Row("iam.googleapis.com", "v1/projects/{project}/serviceAccounts", "accounts", _ACCOUNTS),
    Row(
        "iam.googleapis.com", "v1/projects/{project}/serviceAccounts/{account}/keys", "keys", _NAME
    ),
    *(
        Row(
            "logging.googleapis.com",
            f"v2/projects/{{project}}/{one}",
            one,
            f"//logging.googleapis.com/projects/{{project}}/{one}/{{name}}",
        )
        for one in ("exclusions", "metrics", "sinks")
    ),
    Row("ml.googleapis.com", "v1/projects/{project}/models", "models", _NAME),
    Row("networkconnectivity.googleapis.com", f"{_IN}/spokes", "spokes", _NAME),
    Row(
        "notebooks.googleapis.com",
        "v2/projects/{project}/locations/{location}/instances",
        "instances",
        _NAME,
    ),
    *(
        Row("pubsub.googleapis.com", f"v1/projects/{{project}}/{one}", one, _NAME)
        for one in ("snapshots", "subscriptions", "topics")
    ),
    Row("redis.googleapis.com", f"{_IN}/instances", "instances", _NAME),
    Row(
        "run.googleapis.com",
        f"{_IN}/services",
        "items",
        "//run.googleapis.com/projects/{project}/locations/"
        "{metadata|labels|cloud.googleapis.com/location}/services/{metadata|name}",
        "run.googleapis.com/Service",
    ),
    Row("sourcerepo.googleapis.com", "v1/projects/{project}/repos", "repos", _NAME),
    Row("spanner.googleapis.com", "v1/projects/{project}/instances", "instances", _NAME),
    *(
        Row(
            "spanner.googleapis.com",
            f"v1/projects/{{project}}/instances/{{instance}}/{one}",
            one,
            _NAME,
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


class Answer(NamedTuple):
    """The body that a row's call gave, with the parameters it was called with."""

    row: Row
    parameters: Mapping[str, str]
    body: Mapping[str, Any]


def row_of(host: str, path: str) -> tuple[Row, dict[str, str]] | None:
    """The row that a request is of, and its parameters; None when no row lists there."""
    plain = re.sub(r"^[a-z]+-[a-z]+[0-9]+-(?=aiplatform\.)", "", host)
    for row in ROWS:
        found = row.pattern.fullmatch(path) if row.host == plain else None
        if found is not None:
            return row, found.groupdict()
    return None


def read(answer: Answer) -> Iterator[Listed | Problem]:
    """Everything that a list answer holds."""
    for item in items_of(answer.row, answer.body):
        yield _one(answer, item)


def items_of(row: Row, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The items of a list answer; of an aggregated one, those of every scope."""
    head, wide, rest = row.items.partition(".*.")
    found = body.get(head)
    if wide:
        scopes = found.values() if isinstance(found, Mapping) else ()
        lists = [one.get(rest) for one in scopes if isinstance(one, Mapping)]
    else:
        lists = [found]
    for one in lists:
        members = one if isinstance(one, list | tuple) else ()
        yield from (item for item in members if isinstance(item, Mapping))


def _one(answer: Answer, item: Mapping[str, Any]) -> Listed | Problem:
    row = answer.row
    account = filled(row.account, item, answer.parameters) if row.account else ""
    account = account or answer.parameters.get("project") or ORGANIZATION
    name = _name(answer, item)
    if name is None:
        return no_name(item, account, kind=row.type or row.path)
    own = account if row.account else project_in(name) or account
    return of_resource(Named(name, _type(row, item, name), own), item)


def _name(answer: Answer, item: Mapping[str, Any]) -> str | None:
    row = answer.row
    if row.name == _LINK:
        link = item.get("selfLink")
        return of_link(str(link), row.host) if link else None
    if row.name == _NAME:
        return f"//{row.host}/{item['name']}" if item.get("name") else None
    found = (filled(one, item, answer.parameters) for one in row.name.split("||"))
    return next((one for one in found if one is not None), None)


def filled(template: str, item: Mapping[str, Any], parameters: Mapping[str, str]) -> str | None:
    """The template with the item's members, or the request's parameters; None when one is missing."""
    missing: list[str] = []

    def fill(found: re.Match[str]) -> str:
        value: Any = item
        for step in found[1].split("|"):
            value = value.get(step) if isinstance(value, Mapping) else None
        value = parameters.get(found[1]) if value is None else value
        if value is None:
            missing.append(found[1])
        return str(value)

    text = _FIELD.sub(fill, template)
    return None if missing else text


def _type(row: Row, item: Mapping[str, Any], name: str) -> str:
    if row.type:
        return row.type
    kind = type_of_kind(str(item.get("kind") or ""), name)
    return kind or type_of_collection(row.host, re.split(r"[/:]", row.path)[-1])


@cache
def _pattern(path: str) -> re.Pattern[str]:
    words = _FIELD.split(path)
    parts = [
        f"(?P<{word}>[^/]+)" if place % 2 else re.escape(word) for place, word in enumerate(words)
    ]
    return re.compile("".join(parts))
