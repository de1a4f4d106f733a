"""Keys of Cloud Custodian's filters in the inventory's spelling.

Cloud Custodian reads what the cloud's API answers; the inventory keeps AWS's answers with their member
names decapitalised, and those of the other clouds as they are.
"""

from __future__ import annotations

import re
from typing import Any

from functions.policy.model.custodian.words import words
from functions.policy.model.language.errors import Source

_OWN = re.compile(r"c7n:|c7n_")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
_KEYS = ("key", "value_path")


def decapitalised(key: str, source: Source) -> str:
    """A key with the names of members decapitalised; quoted names and functions stay as they are.

    Raises:
        RuleError: it is no JMESPath, or a note that Cloud Custodian makes for itself.
    """
    if _OWN.match(key):
        raise source.error(
            0, f"{key!r} is Cloud Custodian's own note", "filter on a field of the resource"
        )
    if key.startswith("tag:"):
        return key
    found = words(source)
    text = source.text
    for at in range(len(found) - 1, -1, -1):
        word, after = found[at], found[min(at + 1, len(found) - 1)]
        if word.kind != "name" or after.kind == "(" or _CONSTANT.fullmatch(word.value):
            continue
        text = text[: word.at] + word.value[0].lower() + text[word.at + 1 :]
    return text


def renamed(document: Any, source: Any, provider: str) -> Any:
    """A filter with its keys in the inventory's spelling; ``source`` gives the place of a key.

    Raises:
        RuleError: a key cannot be read.
    """
    if not isinstance(document, dict) or provider != "aws":
        return document
    if "type" not in document and len(document) == 1:
        [(key, value)] = document.items()
        if key in ("and", "or", "not") and isinstance(value, list):
            return {key: [renamed(inner, source, provider) for inner in value]}
        return {decapitalised(key, source(document, key, key)): value}
    made = dict(document)
    for field in _KEYS:
        if isinstance(made.get(field), str):
            made[field] = decapitalised(made[field], source(document, field, made[field]))
    if made.get("value_type") == "expr" and isinstance(made.get("value"), str):
        made["value"] = decapitalised(made["value"], source(document, "value", made["value"]))
    if isinstance(made.get("attrs"), list):
        made["attrs"] = [renamed(inner, source, provider) for inner in made["attrs"]]
    return made
