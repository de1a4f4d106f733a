"""Which regions an account may be looked at in."""

from __future__ import annotations

from functions.inventory.model.discovery import Call, Refused
from functions.inventory.ports import Cloud

_ENABLED = ("ENABLED", "ENABLED_BY_DEFAULT")
_OFF = "not-opted-in"


def regions_of(cloud: Cloud, *, home: str) -> tuple[str, ...]:
    """The regions that are enabled for an account, by EC2 or else by Account Management.

    Raises:
        Refused: neither says.
        Interrupted: they did not answer.
    """
    try:
        return _by_ec2(cloud, home)
    except Refused:
        return _by_account(cloud, home)


def _by_account(cloud: Cloud, home: str) -> tuple[str, ...]:
    names: list[str] = []
    token: str | None = None
    while True:
        asked = {"RegionOptStatusContains": list(_ENABLED), "MaxResults": 50}
        more = {"NextToken": token} if token else {}
        answer = cloud.ask(Call("account", home, "ListRegions", {**asked, **more}))
        names += [one["RegionName"] for one in answer.get("Regions") or ()]
        token = answer.get("NextToken")
        if not token:
            return tuple(sorted(names))


def _by_ec2(cloud: Cloud, home: str) -> tuple[str, ...]:
    answer = cloud.ask(Call("ec2", home, "DescribeRegions", {"AllRegions": False}))
    regions = answer.get("Regions") or ()
    return tuple(sorted(one["RegionName"] for one in regions if one.get("OptInStatus") != _OFF))
