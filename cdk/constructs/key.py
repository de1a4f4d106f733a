"""The key that state is encrypted with at rest."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.names import Names

_SERVICES = ("dynamodb", "rds", "s3", "secretsmanager")

_ADMINISTRATION = (
    "CancelKeyDeletion",
    "CreateAlias",
    "DeleteAlias",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListResourceTags",
    "PutKeyPolicy",
    "RevokeGrant",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateKeyDescription",
)


def state_key(scope: Construct, *, names: Names, keep: bool) -> kms.Key:
    """One customer-managed key; only the services that keep state use it, for this account alone.

    The policy is that of an AWS-managed key (``kms:ViaService``), so that no role needs a grant on the
    key beside its grant on the table; unlike one, it can be disabled and its use audited.
    """
    key = kms.Key(
        scope,
        "StateKey",
        alias=f"alias/{names.prefix}",
        description=f"Steward {names.env}: state at rest",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.RETAIN if keep else RemovalPolicy.DESTROY,
    )
    resource = key.node.default_child
    assert isinstance(resource, kms.CfnKey)  # noqa: S101  # what Key is made of
    resource.key_policy = {"Version": "2012-10-17", "Statement": [_admin(names), _services(names)]}
    return key


def signing_key(scope: Construct, name: str, *, names: Names, rsa: bool) -> kms.CfnKey:
    """A key pair whose private half never leaves KMS; functions find it by its alias.

    Its policy leaves it to the roles of this account who may sign. It outlives its stack: what it signed
    is verified by it for years.
    """
    key = kms.CfnKey(
        scope,
        f"Signer{name.capitalize()}",
        description=f"Steward {names.env}: signs {name}",
        key_spec="RSA_3072" if rsa else "ECC_NIST_P256",
        key_usage="SIGN_VERIFY",
        key_policy={"Version": "2012-10-17", "Statement": [_admin(names), _signing(names)]},
    )
    key.apply_removal_policy(RemovalPolicy.RETAIN)
    kms.CfnAlias(
        scope,
        f"Signer{name.capitalize()}Alias",
        alias_name=names.signer(name),
        target_key_id=key.ref,
    )
    return key


def _signing(names: Names) -> dict[str, object]:
    return {
        "Sid": "Signing",
        "Effect": "Allow",
        "Principal": {"AWS": names.arn("iam", "root", region="")},
        "Action": ["kms:GetPublicKey", "kms:Sign"],
        "Resource": "*",
    }


def _admin(names: Names) -> dict[str, object]:
    # Without the account's root a key can be locked for good.
    return {
        "Sid": "Administration",
        "Effect": "Allow",
        "Principal": {"AWS": names.arn("iam", "root", region="")},
        "Action": [f"kms:{action}" for action in _ADMINISTRATION],
        "Resource": "*",
    }


def _services(names: Names) -> dict[str, object]:
    hosts = [f"{service}.{names.region}.amazonaws.com" for service in _SERVICES]
    return {
        "Sid": "Services",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"kms:CallerAccount": names.account, "kms:ViaService": hosts},
        },
    }
