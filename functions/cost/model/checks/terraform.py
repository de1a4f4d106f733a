"""The change in Terraform's own words."""

from __future__ import annotations


def attributes(type_: str, label: str, /, **values: str | int | bool) -> str:
    """The attributes to set on a resource block; double underscores are dots of nested blocks."""
    lines = [f"  {name.replace('__', '.')} = {_literal(value)}" for name, value in values.items()]
    return "\n".join([f'resource "{type_}" "{label}" {{', *lines, "}"])


def removed(type_: str, label: str) -> str:
    """A resource block to take out."""
    return f'# remove: resource "{type_}" "{label}"'


def _literal(value: str | int | bool) -> str:  # noqa: FBT001  # Terraform's own truth values
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else f'"{value}"'
