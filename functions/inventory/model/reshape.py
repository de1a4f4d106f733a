"""Where AWS Config words something otherwise than the API does, by the names the catalogue uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_GROUPS = "http://acs.amazonaws.com/groups/"
_PERMISSIONS = {
    "FULL_CONTROL": "FullControl",
    "READ": "Read",
    "WRITE": "Write",
    "READ_ACP": "ReadAcp",
    "WRITE_ACP": "WriteAcp",
}


def reshaped(name: str, value: Any) -> Any:
    """The value in AWS Config's shape; without a name it has that already."""
    return RESHAPES[name](value) if name and isinstance(value, dict) else value


def _security_group(group: Mapping[str, Any]) -> dict[str, Any]:
    rules = ("ipPermissions", "ipPermissionsEgress")
    return {
        key: [_permission(rule) for rule in one] if key in rules and isinstance(one, list) else one
        for key, one in group.items()
    }


def _permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    # Config has the API's ranges as ipv4Ranges, and their plain texts under the API's own name.
    ranges = rule.get("ipRanges") or []
    plain = [one.get("cidrIp") for one in ranges if isinstance(one, dict)]
    return {**rule, "ipv4Ranges": ranges, "ipRanges": plain}


def _acl(answer: Mapping[str, Any]) -> dict[str, Any]:
    grants = [_grant(one) for one in answer.get("grants") or []]
    rest = {key: one for key, one in answer.items() if key != "grants"}
    return {"grantSet": None, "grantList": grants, **rest}


def _grant(grant: Mapping[str, Any]) -> dict[str, Any]:
    grantee = grant.get("grantee") or {}
    uri, permission = str(grantee.get("uRI") or ""), grant.get("permission")
    named = uri.rpartition("/")[2] if uri.startswith(_GROUPS) else grantee
    return {**grant, "grantee": named, "permission": _PERMISSIONS.get(str(permission), permission)}


def _logging(answer: Mapping[str, Any]) -> dict[str, Any]:
    enabled = answer.get("loggingEnabled") or {}
    rest = {key: one for key, one in enabled.items() if key not in ("targetBucket", "targetPrefix")}
    where = {"destinationBucketName": enabled.get("targetBucket")}
    return {**where, "logFilePrefix": enabled.get("targetPrefix"), **rest}


def _versioning(answer: Mapping[str, Any]) -> dict[str, Any]:
    deletion = answer.get("mFADelete")
    mfa = None if deletion is None else deletion == "Enabled"
    return {"status": answer.get("status") or "Off", "isMfaDeleteEnabled": mfa}


def _encryption(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {**answer, "rules": [_encryption_rule(one) for one in answer.get("rules") or []]}


def _encryption_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    default = rule.get("applyServerSideEncryptionByDefault")
    if not isinstance(default, dict):
        return dict(rule)
    spelt = {"sSEAlgorithm": "sseAlgorithm", "kMSMasterKeyID": "kmsMasterKeyID"}
    renamed = {spelt.get(key, key): one for key, one in default.items()}
    return {**rule, "applyServerSideEncryptionByDefault": renamed}


def _policy_text(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"policyText": answer.get("policy")}


def _location(answer: Mapping[str, Any]) -> dict[str, Any]:
    # The first region has no name here and the second its old one: S3 is older than regions are.
    place = answer.get("locationConstraint")
    return {"bucketRegion": {"": "us-east-1", "EU": "eu-west-1"}.get(place or "", place)}


RESHAPES: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "security-group": _security_group,
    "bucket-acl": _acl,
    "bucket-location": _location,
    "bucket-logging": _logging,
    "bucket-versioning": _versioning,
    "bucket-encryption": _encryption,
    "bucket-policy": _policy_text,
}
