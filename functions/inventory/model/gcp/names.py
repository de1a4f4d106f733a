"""Google's full resource names and asset types, and how other services' names for the same thing map.

Source: Cloud Asset Inventory, "Supported asset types" and "Resource names", https://cloud.google.com/asset-inventory/docs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from functions.inventory.model.identity import GLOBAL

PROVIDER = "gcp"
_PROJECT = re.compile(r"(?:^|/)projects/([^/]+)")
_APP = re.compile(r"(?:^|/)apps/([^/]+)")
_PLACE = re.compile(r"/(?:locations|regions|zones)/([^/]+)")
_ZONE = re.compile(r"([a-z]+-[a-z]+[0-9]+)-[a-z]")
_API = re.compile(r"https?://([^/]+)/((?:[a-z]+/)?(?:v[0-9][a-z0-9]*|beta|alpha)/)?")

# Compute tells its resources of the whole network apart by another type.
_GLOBAL_KINDS = frozenset({"Address", "ForwardingRule"})
_HOSTS = MappingProxyType({"sqladmin.googleapis.com": "cloudsql.googleapis.com"})
# Collections whose singular is not what plain grammar makes of them, or whose assets are called otherwise.
_TYPES = MappingProxyType(
    {
        "appengine.googleapis.com/ingressRules": "appengine.googleapis.com/FirewallRule",
        "bigtableadmin.googleapis.com/appProfiles": "bigtableadmin.googleapis.com/AppProfile",
        "cloudfunctions.googleapis.com/functions": "cloudfunctions.googleapis.com/CloudFunction",
        "dns.googleapis.com/rrsets": "dns.googleapis.com/ResourceRecordSet",
        "iam.googleapis.com/accounts": "iam.googleapis.com/ServiceAccount",
        "iam.googleapis.com/keys": "iam.googleapis.com/ServiceAccountKey",
        "logging.googleapis.com/exclusions": "logging.googleapis.com/LogExclusion",
        "logging.googleapis.com/metrics": "logging.googleapis.com/LogMetric",
        "logging.googleapis.com/sinks": "logging.googleapis.com/LogSink",
        "run.googleapis.com/items": "run.googleapis.com/Service",
        "sourcerepo.googleapis.com/repos": "sourcerepo.googleapis.com/Repo",
        "storage.googleapis.com/b": "storage.googleapis.com/Bucket",
    }
)


def full_name(name: str) -> str:
    """The full resource name with its two slashes."""
    return "//" + name.strip("/")


def of_link(link: str, host: str) -> str:
    """The full name in a self link: without the API's version, under the service's own host."""
    return f"//{_HOSTS.get(host, host)}/{_API.sub('', link, count=1).strip('/')}"


def project_in(name: str) -> str | None:
    """The project, by id or number, that a name is below; None when it names none."""
    found = _PROJECT.search(name) or _APP.search(name)
    return found[1] if found and found[1] not in {"_", "-"} else None


def plain_name(name: str, projects: Mapping[str, str]) -> str:
    """The name with the project's id in place of its number, where that is known."""
    found = _PROJECT.search(name)
    id_ = projects.get(found[1]) if found else None
    if found is None or id_ is None or name.startswith("//cloudresourcemanager."):
        return name
    return f"{name[: found.start(1)]}{id_}{name[found.end(1) :]}"


def place_in(name: str) -> str | None:
    """The location, region or zone that a name is below."""
    found = _PLACE.search(name)
    return found[1] if found else None


def region_of(location: object) -> str:
    """The region of a location: of a zone, the region it lies in; ``global`` when there is none."""
    last = str(location or "").rstrip("/").rpartition("/")[2].lower()
    zone = _ZONE.fullmatch(last)
    return zone[1] if zone else last or GLOBAL


def type_of_kind(kind: str, name: str) -> str | None:
    """The asset type of a ``compute#kind``; None for another service's."""
    service, _, word = kind.partition("#")
    if service != "compute" or not word:
        return None
    pascal = word[:1].upper() + word[1:]
    wide = "Global" if pascal in _GLOBAL_KINDS and "/global/" in name else ""
    return f"compute.googleapis.com/{wide}{pascal}"


@cache
def type_of_collection(host: str, collection: str) -> str:
    """The asset type of what a collection such as ``keyRings`` holds."""
    known = _TYPES.get(f"{host}/{collection}")
    return known or f"{host}/{singular(collection[:1].upper() + collection[1:])}"


def type_of_name(name: str) -> str | None:
    """The asset type that a full name's last collection stands for; None when it has none."""
    host, _, path = name.removeprefix("//").partition("/")
    words = path.split("/")
    if host == "storage.googleapis.com" and len(words) == 1:
        return "storage.googleapis.com/Bucket"
    if len(words) < 2:  # noqa: PLR2004  # a collection and what is in it
        return None
    found = type_of_collection(_asset_host(host), words[-2])
    wide = found.rpartition("/")[2] in _GLOBAL_KINDS and host.startswith("compute.")
    return found.replace("/", "/Global", 1) if wide and "/global/" in name else found


def _asset_host(host: str) -> str:
    return {named: own for own, named in _HOSTS.items()}.get(host, host)


def singular(plural: str) -> str:
    """One of what the plural names: ``Policies`` is ``Policy``, ``Addresses`` is ``Address``."""
    if plural.endswith("ies"):
        return plural[:-3] + "y"
    if plural.endswith(("sses", "xes")):
        return plural[:-2]
    return plural.removesuffix("s")
