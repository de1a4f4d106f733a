"""Members that change without anybody changing the resource: alone they are no difference between two sweeps.

They are kept as they were when something else differed last. Sources: the API references of the services.
"""

from __future__ import annotations

from typing import Any

from functions.inventory.model.resource import Facts

# type -> paths into the configuration.
_VOLATILE: dict[str, tuple[tuple[str, ...], ...]] = {
    "AWS::EFS::FileSystem": (("sizeInBytes",),),
    "AWS::IAM::Role": (("roleLastUsed",),),
    "AWS::IAM::User": (("passwordLastUsed",),),
    "AWS::Logs::LogGroup": (("storedBytes",),),
    "AWS::RDS::DBCluster": (("latestRestorableTime",),),
    "AWS::RDS::DBInstance": (("latestRestorableTime",),),
    "AWS::SecretsManager::Secret": (("lastAccessedDate",),),
    "AWS::SQS::Queue": (
        ("ApproximateNumberOfMessages",),
        ("ApproximateNumberOfMessagesDelayed",),
        ("ApproximateNumberOfMessagesNotVisible",),
    ),
}


def steady(type_name: str, facts: Facts) -> Facts:
    """The facts without what moves by itself."""
    paths = _VOLATILE.get(type_name)
    if paths is None:
        return facts
    configuration: dict[str, Any] = facts.configuration
    for path in paths:
        configuration = _without(configuration, path)
    return facts.model_copy(update={"configuration": configuration})


def _without(holder: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    name, *rest = path
    inner = holder.get(name)
    if not rest or not isinstance(inner, dict):
        return {key: value for key, value in holder.items() if key != name}
    return {**holder, name: _without(inner, tuple(rest))}
