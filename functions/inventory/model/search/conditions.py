"""Conditions on a resource as text: ``configuration.instanceType=t3.micro``, ``created_at<2026-01-01``."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple, Self

from steward.errors import BadInput

LENGTH: Final = 512
STEPS: Final = 32

SCALARS: Final = (
    "id", "provider", "account", "region", "type", "native_id", "arn", "name", "state", "owner",
    "public", "encrypted", "size", "partial", "captured_at", "created_at", "version",
)  # fmt: skip
"""The fields of a resource that conditions compare and lists are sorted by."""
TIMES: Final = ("captured_at", "created_at")
_ROOTS: Final = (*SCALARS, "tags", "configuration")
_STEP = re.compile(
    r"""\.?(?:
        (?P<plain>[^.\[\]"=!<>~\s]+)
        | "(?P<quoted>[^"\\]+)"
        | \[(?P<index>\d{1,6})\]
        | \[(?P<any>\*)\]
        | \["(?P<key>[^"\\]+)"\]
    )""",
    re.VERBOSE,
)


class Operator(StrEnum):
    """How a field is compared; ``there`` asks for no value, ``~`` for text within it."""

    NOT_EQUAL = "!="
    AT_MOST = "<="
    AT_LEAST = ">="
    EQUAL = "="
    LESS = "<"
    MORE = ">"
    HAS = "~"
    THERE = ""


class Any_(NamedTuple):  # noqa: N801  # the built-in has the plain name
    """The step ``[*]``: any element of a list."""


Step = str | int | Any_


class Path(NamedTuple):
    """A field of a resource: its root, and the steps below it."""

    root: str
    steps: tuple[Step, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The path that a text names.

        Raises:
            BadInput: it does not begin with a field of a resource, or cannot be read.
        """
        steps, end = _steps(text, 0)
        if end != len(text):
            raise BadInput(f"path {text[:80]!r}: cannot be read from character {end + 1} on")
        return cls._checked(text, steps)

    @classmethod
    def _checked(cls, text: str, steps: list[Step]) -> Self:
        if not steps or steps[0] not in _ROOTS:
            raise BadInput(
                f"path {text[:80]!r}: begins with no field of a resource; use one of {', '.join(_ROOTS)}"
            )
        root = str(steps[0])
        if root in SCALARS and len(steps) > 1:
            raise BadInput(f"path {text[:80]!r}: {root} has nothing below it")
        if root == "tags" and (len(steps) != 2 or not isinstance(steps[1], str)):  # noqa: PLR2004
            raise BadInput(f"path {text[:80]!r}: name one tag, such as tags.Env")
        return cls(root, tuple(steps[1:]))


class Condition(NamedTuple):
    """A field, how it is compared, and with what."""

    path: Path
    operator: Operator
    value: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The condition that a text states.

        Raises:
            BadInput: it cannot be read; the message says from where on.
        """
        if len(text) > LENGTH:
            raise BadInput(f"condition {text[:80]!r}: {len(text)} characters; at most {LENGTH}")
        steps, end = _steps(text, 0)
        path = Path._checked(text[:end] or text, steps)  # noqa: SLF001  # of this module
        rest = text[end:]
        if not rest:
            return cls(path, Operator.THERE)
        for operator in Operator:
            if operator and rest.startswith(operator.value):
                return cls(path, operator, rest[len(operator.value) :])
        raise BadInput(
            f"condition {text[:80]!r}: at character {end + 1} stands {rest[:10]!r}; use one of "
            "= != < <= > >= ~"
        )


def _steps(text: str, start: int) -> tuple[list[Step], int]:
    steps: list[Step] = []
    end = start
    while found := _STEP.match(text, end):
        if len(steps) == STEPS:
            raise BadInput(f"path {text[:80]!r}: more than {STEPS} steps")
        steps.append(_step(found))
        end = found.end()
    return steps, end


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    if found["any"] is not None:
        return Any_()
    return str(found["plain"] or found["quoted"] or found["key"])
