"""Configurations too large for an item of the store, cut member by member, the largest first."""

from __future__ import annotations

import json

import orjson

from functions.inventory.model.patch import Json
from functions.inventory.model.resource import Facts

CONFIGURATION_BYTES = 300 * 1024
"""Above this a configuration is cut: an item of the store holds 400 KB in all."""


def fitting(facts: Facts) -> Facts:
    """The facts as an item can hold them; ``partial`` says what was left out."""
    configuration, partial = fitted(facts.configuration)
    if partial is None:
        return facts
    return facts.model_copy(update={"configuration": configuration, "partial": partial})


def fitted(configuration: dict[str, Json]) -> tuple[dict[str, Json], str | None]:
    """The configuration as it fits, and what was left out of it, if anything."""
    if _whole(configuration) <= CONFIGURATION_BYTES:
        return configuration, None
    sizes = {key: _bytes(one) for key, one in configuration.items()}
    total = sum(sizes.values())
    if total <= CONFIGURATION_BYTES:
        return configuration, None
    dropped: list[str] = []
    left = total
    for key in sorted(sizes, key=lambda k: (-sizes[k], k)):
        if left <= CONFIGURATION_BYTES:
            break
        dropped.append(key)
        left -= sizes[key]
    kept = {key: one for key, one in configuration.items() if key not in dropped}
    names = ", ".join(dropped[:5])[:200]
    return kept, (
        f"configuration of {total} bytes is over {CONFIGURATION_BYTES}; left out: {names}"
    )


def _whole(configuration: dict[str, Json]) -> int:
    """No less than all members take, in one go: nearly every configuration is far from too large."""
    try:
        return len(orjson.dumps(configuration))
    except orjson.JSONEncodeError:
        return CONFIGURATION_BYTES + 1


def _bytes(value: Json) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
