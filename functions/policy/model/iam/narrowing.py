"""Which conditions really narrow a statement to known callers.

After what AWS calls a fixed value: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from collections.abc import Iterable

from functions.policy.model.iam.documents import Condition
from functions.policy.model.iam.patterns import is_fixed

ACCOUNTS = frozenset(
    {
        "aws:principalaccount",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:vpceaccount",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
    }
)
ARNS = frozenset({"aws:principalarn", "aws:sourcearn", "s3:dataaccesspointarn"})
_PATHS = frozenset({"aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"})
_NAMES = frozenset(
    {
        "aws:principalorgid",
        "aws:sourceorgid",
        "aws:vpceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "lambda:eventsourcetoken",
    }
)
_CALLERS = ACCOUNTS | ARNS | _PATHS | _NAMES
_OWN = frozenset({"${aws:resourceaccount}", "${aws:resourceorgid}", "${aws:resourceorgpaths}"})
_FLAGS = frozenset({"aws:principalisawsservice", "elasticfilesystem:accessedviamounttarget"})
_ADDRESSES = frozenset({"aws:sourceip", "aws:vpcsourceip"})

_EXACT = frozenset({"stringequals", "stringequalsignorecase"})
_POSITIVE = _EXACT | {"stringlike", "arnequals", "arnlike"}
_NEGATIVE = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
}
_NARROWEST_V4, _NARROWEST_V6 = 8, 32
"""Shorter prefixes than these are the internet, as S3 judges them."""
_ARN_PARTS = 6


def narrowed(conditions: Iterable[Condition], *, subjects: frozenset[str] = frozenset()) -> bool:
    """Whether an Allow with these conditions lets known callers in only.

    ``subjects`` are further keys that name the caller, as the claims of an identity provider.
    """
    return any(_narrows(condition, subjects) for condition in conditions)


def keeps_others_out(conditions: tuple[Condition, ...]) -> bool:
    """Whether a Deny with these conditions refuses everybody but known callers.

    Every condition must be one that a stranger meets: a negated test of who is calling.
    """
    return all(_refuses_strangers(condition) for condition in conditions)


def _narrows(condition: Condition, subjects: frozenset[str]) -> bool:
    # Without the key, IfExists and ForAllValues are met: strangers just leave it out.
    if condition.if_exists or condition.quantifier == "forallvalues":
        return False
    return _names_callers(condition.operator, condition, subjects)


def _names_callers(operator: str, condition: Condition, subjects: frozenset[str]) -> bool:
    if operator == "bool":
        return condition.key in _FLAGS and condition.values == ("true",)
    if operator == "ipaddress":
        return condition.key in _ADDRESSES and all(map(_is_narrow, condition.values))
    if operator not in _POSITIVE or condition.key not in _CALLERS | subjects:
        return False
    return all(fixed(operator, condition.key, value) for value in condition.values)


def _refuses_strangers(condition: Condition) -> bool:
    if condition.operator == "bool":
        return condition.key == "aws:principalisawsservice" and condition.values == ("false",)
    operator = _NEGATIVE.get(condition.operator)
    # "For any value" of a key that a stranger leaves out is not met, and he is not refused.
    if operator is None or condition.quantifier == "foranyvalue":
        return False
    return _names_callers(operator, condition, frozenset())


def fixed(operator: str, key: str, value: str) -> bool:
    """Whether a value stands for callers that the author of the policy knows."""
    if "${" in value:
        return value.lower() in _OWN
    if operator in _EXACT or is_fixed(value):
        return True
    if key in ARNS:
        return is_fixed(account_of(value) or "*")
    if key in _PATHS:
        return is_fixed(value.partition("/")[0])
    if key == "aws:userid":
        return is_fixed(value.partition(":")[0])
    # repo:acme/orders:ref:refs/heads/* is one owner's; repo:* is everybody's.
    return key.endswith(":sub") and "/" in value and is_fixed(value.partition("/")[0])


def account_of(arn: str) -> str | None:
    """The account in an ARN; None where it has none."""
    parts = arn.split(":", _ARN_PARTS - 1)
    return parts[4] or None if len(parts) == _ARN_PARTS and parts[0] == "arn" else None


def _is_narrow(block: str) -> bool:
    address, slash, length = block.partition("/")
    if slash and not length.isdecimal():
        return False
    if ":" in address:
        return not slash or int(length) >= _NARROWEST_V6
    return _is_private(address) or not slash or int(length) >= _NARROWEST_V4


def _is_private(address: str) -> bool:
    first, _, rest = address.partition(".")
    second = rest.partition(".")[0]
    if first == "172" and second.isdecimal():
        return 16 <= int(second) <= 31  # noqa: PLR2004 - RFC 1918
    return first == "10" or (first == "192" and second == "168")
