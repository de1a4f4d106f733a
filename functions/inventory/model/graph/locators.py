"""Names that tell by themselves which resource they mean: ARNs, ARM ids, Google's links and asset names."""

from __future__ import annotations

import re
from typing import NamedTuple

from functions.inventory.model import identity
from functions.inventory.model.azure import children
from functions.inventory.model.graph.arn_types import type_of

_MIN, _MAX = 9, 1024
_ARM = re.compile(
    r"/subscriptions/(?P<account>[^/]+)(/resourcegroups/(?P<group>[^/]+))?(?P<rest>/providers/.+)?$",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"https://(?P<service>[a-z0-9.-]+)\.googleapis\.com/(?:compute/)?"
    r"(?:v\d+[a-z0-9]*|alpha|beta)/(?P<path>projects/.+)$"
)
_COMPUTE_LINK = re.compile(r"https://www\.googleapis\.com/(?P<service>[a-z]+)/[^/]+/(?P<path>.+)$")
_ASSET = re.compile(r"//(?P<service>[a-z0-9.-]+\.googleapis\.com)/(?P<path>.+)$")
_SERVICE_ACCOUNT = re.compile(r"[a-z0-9-]+@(?P<project>[a-z0-9-]+)\.iam\.gserviceaccount\.com$")
_RELATIVE = re.compile(r"projects/[a-z][a-z0-9:.-]*/.+/(?P<collection>[A-Za-z]+)/[^/]+$")
_KEY_VERSION = re.compile(r"/cryptoKeyVersions/[^/]+$")

# Sub-resources that are listed by themselves; every other is a part of the one above it.
# Source: Azure Resource Graph, "Supported tables and resource types reference".
_OWN_RESOURCES = children.types() | {
    "microsoft.automation/automationaccounts/runbooks",
    "microsoft.cdn/profiles/afdendpoints",
    "microsoft.compute/galleries/images",
    "microsoft.compute/virtualmachines/extensions",
    "microsoft.compute/virtualmachinescalesets/virtualmachines",
    "microsoft.sql/managedinstances/databases",
    "microsoft.sql/servers/databases",
    "microsoft.sql/servers/elasticpools",
    "microsoft.synapse/workspaces/bigdatapools",
    "microsoft.synapse/workspaces/sqlpools",
    "microsoft.web/sites/slots",
}
# Which API a relative name belongs to, by the collection it ends in. Source: the APIs' resource names.
_COLLECTIONS = {
    "backendServices": "compute",
    "cryptoKeys": "cloudkms",
    "disks": "compute",
    "firewalls": "compute",
    "functions": "cloudfunctions",
    "instances": "compute",
    "keyRings": "cloudkms",
    "networks": "compute",
    "routers": "compute",
    "secrets": "secretmanager",
    "serviceAccounts": "iam",
    "snapshots": "compute",
    "subnetworks": "compute",
    "subscriptions": "pubsub",
    "topics": "pubsub",
}
_CALLED = "/functions/arn:"
_PLURALS = (("ies", "y"), ("sses", "ss"), ("xies", "xy"), ("s", ""))


class Locator(NamedTuple):
    """One spelling for every way to write the same name, and what it gives away; "" is not told."""

    text: str
    provider: str
    account: str = ""
    region: str = ""
    type: str = ""


def locate(text: str) -> Locator | None:
    """The resource that a text names by itself; None for an id that needs its account to be known."""
    if not _MIN <= len(text) <= _MAX or not text.isprintable() or "*" in text or "$" in text:
        return None
    if text.startswith("arn:"):
        return _arn(text)
    if text[0] == "/":
        return _arm(text) or _asset(text)
    if text.startswith("https://"):
        return _link(text)
    if text.startswith("projects/"):
        return _relative(text)
    return _service_account(text)


def _arn(text: str) -> Locator | None:
    # API Gateway calls a function by an ARN of its own that holds the function's.
    text = text.rpartition(_CALLED)[2].removesuffix("/invocations") if _CALLED in text else text
    text = text if text.startswith("arn:") else f"arn:{text}"
    arn = identity.parse_arn(text)
    if arn is None or not (arn.service and arn.resource) or " " in text:
        return None
    return Locator(_unqualified(text, arn), "aws", arn.account, arn.region, type_of(text, arn))


def _unqualified(text: str, arn: identity.Arn) -> str:
    # A function's version or alias, and a log group's streams, are parts of what stands before.
    words = text.split(":")
    return ":".join(words[:7]) if arn.service in {"lambda", "logs"} and len(words) > 7 else text  # noqa: PLR2004  # an ARN's words


def above(text: str) -> str | None:
    """The name of what an ARM resource is a part of; None where it is one by itself."""
    before, found, tail = text.rstrip("/").rpartition("/providers/")
    words = tail.split("/")
    if not found or len(words) < 5:  # noqa: PLR2004  # a namespace, and twice a type and a name
        return None
    return f"{before}/providers/{'/'.join(words[:-2])}"


def _arm(text: str) -> Locator | None:
    match = _ARM.match(text.rstrip("/"))
    if match is None:
        return None
    if match["rest"] is None:
        kind = "resourceGroups" if match["group"] else ""
        type_name = f"Microsoft.Resources/subscriptions/{kind}".rstrip("/")
        return Locator(match[0].lower(), "azure", match["account"].lower(), type=type_name)
    # The last provider counts: an extension resource stands behind the one that it extends.
    before, _, tail = match[0].rpartition("/providers/")
    space, *words = tail.split("/")
    if len(words) < 2:  # noqa: PLR2004  # a type and a name
        return None
    while len(words) > 3 and _arm_type(space, words).lower() not in _OWN_RESOURCES:  # noqa: PLR2004  # the same twice
        words = words[:-2]
    whole = f"{before}/providers/{space}/{'/'.join(words)}".lower()
    return Locator(whole, "azure", match["account"].lower(), type=_arm_type(space, words))


def _arm_type(space: str, words: list[str]) -> str:
    return "/".join((space, *words[::2]))


def _asset(text: str) -> Locator | None:
    match = _ASSET.match(text)
    return None if match is None else _google(match["service"], match["path"])


def _link(text: str) -> Locator | None:
    match = _COMPUTE_LINK.match(text) or _LINK.match(text)
    return None if match is None else _google(f"{match['service']}.googleapis.com", match["path"])


def _relative(text: str) -> Locator | None:
    text = _KEY_VERSION.sub("", text)
    match = _RELATIVE.match(text)
    service = None if match is None else _COLLECTIONS.get(match["collection"])
    return None if service is None else _google(f"{service}.googleapis.com", text)


def _service_account(text: str) -> Locator | None:
    match = _SERVICE_ACCOUNT.match(text.removeprefix("serviceAccount:"))
    if match is None:
        return None
    project = match["project"]
    return _google("iam.googleapis.com", f"projects/{project}/serviceAccounts/{match[0]}")


def _google(service: str, path: str) -> Locator | None:
    path = _KEY_VERSION.sub("", path.rstrip("/"))
    # Cloud Storage's own links have a word before a bucket's name that its asset name has not.
    path = path.removeprefix("b/") if service == "storage.googleapis.com" else path
    words = path.split("/")
    account = words[1] if words[0] == "projects" and len(words) > 1 else ""
    collection = words[-2] if len(words) > 1 else ""
    type_name = f"{service}/{_singular(collection)}" if collection else ""
    if service == "storage.googleapis.com":
        type_name = "storage.googleapis.com/Bucket"
    return Locator(f"//{service}/{path}", "gcp", account, _google_place(words), type_name)


def _google_place(words: list[str]) -> str:
    for name in ("zones", "regions", "locations"):
        if name in words[:-1]:
            return words[words.index(name) + 1]
    return ""


def _singular(collection: str) -> str:
    for ending, instead in _PLURALS:
        if collection.endswith(ending):
            collection = collection.removesuffix(ending) + instead
            break
    return collection[:1].upper() + collection[1:]
