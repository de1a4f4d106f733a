"""Rule rows for IAM, KMS and CloudTrail itself.

Sources: IAM, KMS and CloudTrail API references.
"""

from __future__ import annotations

from collections.abc import Mapping

from functions.inventory.model.resource import Effect
from functions.inventory.model.trail.table import (
    Rule,
    Take,
    drop,
    exclude,
    fixed,
    include,
    merge,
    put,
    tagged,
    untagged,
)

CREATED, EDITED, DELETED = Effect.CREATED, Effect.EDITED, Effect.DELETED

USER = "AWS::IAM::User"
ROLE = "AWS::IAM::Role"
GROUP = "AWS::IAM::Group"
POLICY = "AWS::IAM::Policy"
ACCESS_KEY = "AWS::IAM::AccessKey"
KEY = "AWS::KMS::Key"
TRAIL = "AWS::CloudTrail::Trail"

_ATTACHED = "attachedManagedPolicies"
_ROTATION = "supplementary/KeyRotationStatus"


def _user(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return _named(event, USER, "user", "userName", takes, effect)


def _role(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return _named(event, ROLE, "role", "roleName", takes, effect)


def _group(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return _named(event, GROUP, "group", "groupName", takes, effect)


def _named(
    event: str, type_name: str, noun: str, member: str, takes: tuple[Take, ...], effect: Effect
) -> Rule:
    # Only creation gives the ARN: a path in it (/team/alice) is not to be guessed later.
    return Rule(
        event,
        type_name,
        effect,
        f"request.{member}|response.{noun}.{member}",
        name=f"request.{member}|response.{noun}.{member}",
        arn=f"response.{noun}.arn",
        takes=takes,
    )


def _policy(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return Rule(
        event,
        POLICY,
        effect,
        "response.policy.arn|request.policyArn",
        name="response.policy.policyName",
        takes=takes,
    )


def _access_key(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return Rule(
        event,
        ACCESS_KEY,
        effect,
        "request.accessKeyId|response.accessKey.accessKeyId",
        state="request.status|response.accessKey.status",
        takes=(put("userName", "request.userName|response.accessKey.userName"), *takes),
    )


def _key(event: str, *takes: Take, effect: Effect = EDITED, state: str = "") -> Rule:
    return Rule(
        event,
        KEY,
        effect,
        "resources.0.ARN|response.keyMetadata.arn|response.keyMetadata.keyId|request.keyId",
        arn="arn:{partition}:kms:{region}:{account}:key/{id}",
        state=state,
        takes=(*takes, *((fixed("keyState", value=state),) if state.isalpha() else ())),
    )


def _trail(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return Rule(
        event,
        TRAIL,
        effect,
        "response.trailARN|request.name|request.trailName",
        name="response.name",
        arn="arn:{partition}:cloudtrail:{region}:{account}:trail/{id}",
        takes=takes,
    )


RULES: Mapping[str, tuple[Rule, ...]] = {
    "iam": (
        _user("CreateUser", merge("response.user"), tagged("request.tags"), effect=CREATED),
        _user("DeleteUser", effect=DELETED),
        _user("TagUser", tagged("request.tags")),
        _user("UntagUser", untagged("request.tagKeys")),
        _user("AttachUserPolicy", include(_ATTACHED, "request.policyArn", "attached_policy")),
        _user("DetachUserPolicy", exclude(_ATTACHED, "request.policyArn", "attached_policy")),
        _user("PutUserPolicy", include("userPolicyList", "request.policyName", "named_policy")),
        _user("DeleteUserPolicy", exclude("userPolicyList", "request.policyName", "named_policy")),
        _user("AddUserToGroup", include("groupList", "request.groupName")),
        _user("RemoveUserFromGroup", exclude("groupList", "request.groupName")),
        _user("CreateLoginProfile", put("loginProfile", "response.loginProfile")),
        _user("DeleteLoginProfile", drop("loginProfile")),
        _user("EnableMFADevice", include("mfaDevices", "request.serialNumber")),
        _user("DeactivateMFADevice", exclude("mfaDevices", "request.serialNumber")),
        _group("CreateGroup", merge("response.group"), effect=CREATED),
        _group("DeleteGroup", effect=DELETED),
        _group("AttachGroupPolicy", include(_ATTACHED, "request.policyArn", "attached_policy")),
        _group("DetachGroupPolicy", exclude(_ATTACHED, "request.policyArn", "attached_policy")),
        _role("CreateRole", merge("response.role"), tagged("request.tags"), effect=CREATED),
        _role("DeleteRole", effect=DELETED),
        _role("TagRole", tagged("request.tags")),
        _role("UntagRole", untagged("request.tagKeys")),
        _role(
            "UpdateAssumeRolePolicy",
            put("assumeRolePolicyDocument", "request.policyDocument"),
        ),
        _role("AttachRolePolicy", include(_ATTACHED, "request.policyArn", "attached_policy")),
        _role("DetachRolePolicy", exclude(_ATTACHED, "request.policyArn", "attached_policy")),
        _role("PutRolePolicy", include("rolePolicyList", "request.policyName", "named_policy")),
        _role("DeleteRolePolicy", exclude("rolePolicyList", "request.policyName", "named_policy")),
        _policy(
            "CreatePolicy",
            merge("response.policy"),
            put("policyVersionList", "request.policyDocument", "policy_versions"),
            tagged("request.tags"),
            effect=CREATED,
        ),
        _policy("DeletePolicy", effect=DELETED),
        _policy(
            "CreatePolicyVersion",
            put("policyVersionList", "request.policyDocument", "policy_versions"),
            put("defaultVersionId", "response.policyVersion.versionId"),
        ),
        _access_key("CreateAccessKey", merge("response.accessKey"), effect=CREATED),
        _access_key("UpdateAccessKey", put("status", "request.status")),
        _access_key("DeleteAccessKey", effect=DELETED),
    ),
    "kms": (
        _key(
            "CreateKey",
            merge("response.keyMetadata"),
            tagged("request.tags"),
            effect=CREATED,
            state="response.keyMetadata.keyState",
        ),
        _key(
            "ScheduleKeyDeletion",
            put("deletionDate", "response.deletionDate"),
            state="PendingDeletion",
        ),
        _key("CancelKeyDeletion", drop("deletionDate"), state="Disabled"),
        _key("EnableKey", fixed("enabled", value=True), state="Enabled"),
        _key("DisableKey", fixed("enabled", value=False), state="Disabled"),
        _key("EnableKeyRotation", fixed(_ROTATION, value=True)),
        _key("DisableKeyRotation", fixed(_ROTATION, value=False)),
        _key("PutKeyPolicy", put("supplementary/KeyPolicy", "request.policy", "text")),
        _key("UpdateKeyDescription", put("description", "request.description")),
        _key("TagResource", tagged("request.tags")),
        _key("UntagResource", untagged("request.tagKeys")),
    ),
    "cloudtrail": (
        _trail("CreateTrail", merge("response"), fixed("isLogging", value=False), effect=CREATED),
        _trail("UpdateTrail", merge("response")),
        _trail("DeleteTrail", effect=DELETED),
        _trail("StartLogging", fixed("isLogging", value=True)),
        _trail("StopLogging", fixed("isLogging", value=False)),
        _trail("PutEventSelectors", put("eventSelectors", "response.eventSelectors")),
    ),
}
