"""What ARM resources hold that Resource Graph does not list: which list calls tell of it, as data.

Source: the REST reference of each provider, "list by ..." operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple


class Children(NamedTuple):
    """One list call below a resource: its path, its API version, and those below what it lists."""

    path: str
    version: str
    below: tuple[Children, ...] = ()


_SQL, _POSTGRESQL, _MYSQL = "2021-11-01", "2022-12-01", "2023-12-30"
_CDN, _WEB, _STORAGE, _VAULT = "2024-02-01", "2023-12-01", "2023-05-01", "2023-07-01"
_OF_SQL = ("administrators", "auditingSettings", "encryptionProtector", "firewallRules")
_OF_FLEXIBLE = ("configurations", "firewallRules")

CHILDREN: Mapping[str, tuple[Children, ...]] = MappingProxyType(
    {
        "microsoft.cdn/profiles": (Children("originGroups", _CDN, (Children("origins", _CDN),)),),
        "microsoft.cdn/profiles/afdendpoints": (Children("routes", _CDN),),
        "microsoft.dbformysql/flexibleservers": tuple(
            Children(one, _MYSQL) for one in _OF_FLEXIBLE
        ),
        "microsoft.dbforpostgresql/flexibleservers": tuple(
            Children(one, _POSTGRESQL) for one in _OF_FLEXIBLE
        ),
        "microsoft.keyvault/vaults": (Children("keys", _VAULT), Children("secrets", _VAULT)),
        "microsoft.sql/servers": tuple(Children(one, _SQL) for one in _OF_SQL),
        "microsoft.sql/servers/databases": (Children("transparentDataEncryption", _SQL),),
        "microsoft.storage/storageaccounts": (
            Children("blobServices", _STORAGE),
            Children("blobServices/default/containers", _STORAGE),
        ),
        "microsoft.web/sites": (
            Children("basicPublishingCredentialsPolicies", _WEB),
            Children("config/web", _WEB),
        ),
    }
)
_FRONT_DOOR = "azurefrontdoor"


def children_of(type_name: str, sku: str) -> tuple[Children, ...]:
    """The list calls below a resource; a profile of the older network has none of Front Door's."""
    found = CHILDREN.get(type_name.lower(), ())
    if type_name.lower() == "microsoft.cdn/profiles" and _FRONT_DOOR not in sku.lower():
        return ()
    return found


def types() -> frozenset[str]:
    """The types of all that is listed so, in lower case."""
    return frozenset(
        one
        for parent, listed in CHILDREN.items()
        for each in listed
        for one in _types(parent, each)
    )


def _types(parent: str, listed: Children) -> Iterator[str]:
    # A path alternates between a collection and a name in it.
    own = "/".join((parent, *listed.path.lower().split("/")[::2]))
    yield own
    for one in listed.below:
        yield from _types(own, one)
