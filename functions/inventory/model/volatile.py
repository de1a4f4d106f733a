"""Members that change without anybody changing the resource: alone they are no difference between two sweeps.

They are kept as they were when something else differed last; what rules judge by counts once a day. Sources:
the API references of the services.
"""

from __future__ import annotations

from typing import Any

from functions.inventory.model.resource import Facts

# type -> paths into the configuration.
_VOLATILE: dict[str, tuple[tuple[str, ...], ...]] = {
    "AWS::EFS::FileSystem": (("sizeInBytes",),),
    "AWS::IAM::Role": (("roleLastUsed", "region"),),
    "AWS::IAM::User": (
        ("supplementary", "AccessKeys", "region"),
        ("supplementary", "AccessKeys", "serviceName"),
    ),
    "AWS::Logs::LogGroup": (("storedBytes",),),
    "AWS::RDS::DBCluster": (("latestRestorableTime",),),
    "AWS::RDS::DBInstance": (("latestRestorableTime",),),
    "AWS::SQS::Queue": (
        ("ApproximateNumberOfMessages",),
        ("ApproximateNumberOfMessagesDelayed",),
        ("ApproximateNumberOfMessagesNotVisible",),
    ),
}
# The same, where another day is a difference: who has used nothing for long is told by them.
_DAILY: dict[str, tuple[tuple[str, ...], ...]] = {
    "AWS::IAM::Role": (("roleLastUsed", "lastUsedDate"),),
    "AWS::IAM::User": (("passwordLastUsed",), ("supplementary", "AccessKeys", "lastUsedDate")),
    "AWS::SecretsManager::Secret": (("lastAccessedDate",),),
}
_DAY = len("2026-03-10")


def steady(type_name: str, facts: Facts) -> Facts:
    """The facts without what moves by itself."""
    paths, daily = _VOLATILE.get(type_name, ()), _DAILY.get(type_name, ())
    if not paths and not daily:
        return facts
    configuration: Any = facts.configuration
    for path in paths:
        configuration = _cut(configuration, path, to=0)
    for path in daily:
        configuration = _cut(configuration, path, to=_DAY)
    return facts.model_copy(update={"configuration": configuration})


def _cut(holder: Any, path: tuple[str, ...], *, to: int) -> Any:
    """The holder with only so many characters of what is at the path; without any, the member is dropped."""
    if isinstance(holder, list):
        return [_cut(one, path, to=to) for one in holder]
    name, *rest = path
    if not isinstance(holder, dict) or name not in holder:
        return holder
    if rest:
        return {**holder, name: _cut(holder[name], tuple(rest), to=to)}
    if not to:
        return {key: value for key, value in holder.items() if key != name}
    return {**holder, name: str(holder[name])[:to]}
