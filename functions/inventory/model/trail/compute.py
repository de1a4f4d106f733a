"""Rule rows for EC2, Lambda and EKS.

Sources: EC2, Lambda and EKS API references; CloudTrail user guide, "record contents".
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
    forbid,
    include,
    merge,
    permit,
    put,
    tagged,
    untagged,
)

CREATED, EDITED, DELETED = Effect.CREATED, Effect.EDITED, Effect.DELETED

INSTANCE = "AWS::EC2::Instance"
VOLUME = "AWS::EC2::Volume"
SNAPSHOT = "AWS::EC2::Snapshot"
GROUP = "AWS::EC2::SecurityGroup"
FUNCTION = "AWS::Lambda::Function"
CLUSTER = "AWS::EKS::Cluster"

_EC2 = "arn:{partition}:ec2:{region}:{account}:"
_INSTANCE_ARN = _EC2 + "instance/{id}"
_VOLUME_ARN = _EC2 + "volume/{id}"
_GROUP_ARN = _EC2 + "security-group/{id}"
_SNAPSHOT_ARN = "arn:{partition}:ec2:{region}::snapshot/{id}"
_LAMBDA_ARN = "arn:{partition}:lambda:{region}:{account}:function:{id}"
_EKS_ARN = "arn:{partition}:eks:{region}:{account}:cluster/{id}"

_METADATA = "ModifyInstanceMetadataOptions"
_PROFILE = "AssociateIamInstanceProfile"
_MODIFIED = "response.ModifyVolumeResponse.volumeModification"
_PERMISSIONS = "request.ipPermissions"
_STATEMENTS = "supplementary/Policy/Statement"
_REVOKED = "response.revokedSecurityGroupRuleSet"


def _moved(event: str) -> Rule:
    return Rule(
        event,
        INSTANCE,
        EDITED,
        "item.instanceId",
        each="response.instancesSet.items",
        arn=_INSTANCE_ARN,
        state="item.currentState.name",
        takes=(put("state", "item.currentState"),),
    )


def _group(event: str, take: Take, *more: Take) -> Rule:
    return Rule(event, GROUP, EDITED, "request.groupId", arn=_GROUP_ARN, takes=(take, *more))


def _function(event: str, *takes: Take, effect: Effect = EDITED) -> Rule:
    return Rule(
        event,
        FUNCTION,
        effect,
        "response.functionName|request.functionName|request.resource",
        name="response.functionName",
        arn=_LAMBDA_ARN,
        takes=takes,
    )


_INSTANCES = (
    Rule(
        "RunInstances",
        INSTANCE,
        CREATED,
        "item.instanceId",
        each="response.instancesSet.items",
        arn=_INSTANCE_ARN,
        state="item.instanceState.name",
        takes=(
            merge(
                "item",
                instanceState="state",
                groupSet="securityGroups",
                networkInterfaceSet="networkInterfaces",
                blockDeviceMapping="blockDeviceMappings",
                tagSet="tags",
            ),
            tagged("item.tagSet"),
        ),
    ),
    _moved("StartInstances"),
    _moved("StopInstances"),
    _moved("TerminateInstances"),
    Rule(
        "ModifyInstanceAttribute",
        INSTANCE,
        EDITED,
        "request.instanceId",
        arn=_INSTANCE_ARN,
        takes=(
            put("instanceType", "request.instanceType.value"),
            put("securityGroups", "request.groupSet", "group_ids"),
            put("ebsOptimized", "request.ebsOptimized.value|request.ebsOptimized"),
            put("sourceDestCheck", "request.sourceDestCheck.value"),
            put("disableApiTermination", "request.disableApiTermination.value"),
        ),
    ),
    Rule(
        _METADATA,
        INSTANCE,
        EDITED,
        f"request.{_METADATA}Request.InstanceId",
        arn=_INSTANCE_ARN,
        takes=(merge(f"response.{_METADATA}Response.instanceMetadataOptions", "metadataOptions"),),
    ),
    Rule(
        "MonitorInstances",
        INSTANCE,
        EDITED,
        "item.instanceId",
        each="response.instancesSet.items",
        arn=_INSTANCE_ARN,
        takes=(put("monitoring", "item.monitoring"),),
    ),
    Rule(
        "UnmonitorInstances",
        INSTANCE,
        EDITED,
        "item.instanceId",
        each="response.instancesSet.items",
        arn=_INSTANCE_ARN,
        takes=(put("monitoring", "item.monitoring"),),
    ),
    Rule(
        _PROFILE,
        INSTANCE,
        EDITED,
        f"request.{_PROFILE}Request.InstanceId",
        arn=_INSTANCE_ARN,
        takes=(
            put(
                "iamInstanceProfile",
                f"response.{_PROFILE}Response.iamInstanceProfileAssociation.iamInstanceProfile",
            ),
        ),
    ),
)

_VOLUMES = (
    Rule(
        "CreateVolume",
        VOLUME,
        CREATED,
        "response.volumeId",
        arn=_VOLUME_ARN,
        state="response.status",
        takes=(
            merge("response", zone="availabilityZone", status="state"),
            put("size", "response.size", "number"),
            fixed("attachments", value=[]),
            tagged("request.tagSpecificationSet.items.0.tags"),
        ),
    ),
    Rule("DeleteVolume", VOLUME, DELETED, "request.volumeId", arn=_VOLUME_ARN),
    Rule(
        "AttachVolume",
        VOLUME,
        EDITED,
        "request.volumeId",
        arn=_VOLUME_ARN,
        state="in-use",
        takes=(
            include("attachments", "response|request", "attachment"),
            fixed("state", value="in-use"),
        ),
    ),
    Rule(
        "DetachVolume",
        VOLUME,
        EDITED,
        "request.volumeId",
        arn=_VOLUME_ARN,
        state="available",
        takes=(
            exclude("attachments", "response.instanceId", "attached_instance"),
            fixed("state", value="available"),
        ),
    ),
    Rule(
        "ModifyVolume",
        VOLUME,
        EDITED,
        "request.ModifyVolumeRequest.VolumeId",
        arn=_VOLUME_ARN,
        takes=(
            put("size", f"{_MODIFIED}.targetSize", "number"),
            put("volumeType", f"{_MODIFIED}.targetVolumeType"),
            put("iops", f"{_MODIFIED}.targetIops", "number"),
        ),
    ),
    Rule(
        "CreateSnapshot",
        SNAPSHOT,
        CREATED,
        "response.snapshotId",
        arn=_SNAPSHOT_ARN,
        state="response.status",
        takes=(merge("response", status="state"),),
    ),
    Rule("CopySnapshot", SNAPSHOT, CREATED, "response.snapshotId", arn=_SNAPSHOT_ARN),
    Rule("DeleteSnapshot", SNAPSHOT, DELETED, "request.snapshotId", arn=_SNAPSHOT_ARN),
    Rule(
        "ModifySnapshotAttribute",
        SNAPSHOT,
        EDITED,
        "request.snapshotId",
        arn=_SNAPSHOT_ARN,
        takes=(
            include("createVolumePermissions", "request.createVolumePermission.add"),
            exclude("createVolumePermissions", "request.createVolumePermission.remove"),
        ),
    ),
)

_GROUPS = (
    Rule(
        "CreateSecurityGroup",
        GROUP,
        CREATED,
        "response.groupId",
        name="request.groupName",
        arn=_GROUP_ARN,
        takes=(
            put("groupId", "response.groupId"),
            put("groupName", "request.groupName"),
            put("description", "request.groupDescription"),
            put("vpcId", "request.vpcId"),
            fixed("ipPermissions", value=[]),
            tagged("request.tagSpecificationSet.items.0.tags"),
        ),
    ),
    Rule("DeleteSecurityGroup", GROUP, DELETED, "request.groupId", arn=_GROUP_ARN),
    _group("AuthorizeSecurityGroupIngress", permit("ipPermissions", _PERMISSIONS, "permissions")),
    _group(
        "RevokeSecurityGroupIngress",
        forbid("ipPermissions", _PERMISSIONS, "permissions"),
        forbid("ipPermissions", _REVOKED, "rules"),
    ),
    _group(
        "AuthorizeSecurityGroupEgress", permit("ipPermissionsEgress", _PERMISSIONS, "permissions")
    ),
    _group(
        "RevokeSecurityGroupEgress",
        forbid("ipPermissionsEgress", _PERMISSIONS, "permissions"),
        forbid("ipPermissionsEgress", _REVOKED, "rules"),
    ),
)

_TAGS = (
    Rule(
        "CreateTags",
        "",
        EDITED,
        "item.resourceId",
        each="request.resourcesSet.items",
        takes=(tagged("request.tagSet"),),
    ),
    Rule(
        "DeleteTags",
        "",
        EDITED,
        "item.resourceId",
        each="request.resourcesSet.items",
        takes=(untagged("request.tagSet"),),
    ),
)

_FUNCTIONS = (
    _function("CreateFunction", merge("response"), tagged("request.tags"), effect=CREATED),
    _function("DeleteFunction", effect=DELETED),
    _function("UpdateFunctionCode", merge("response")),
    _function("UpdateFunctionConfiguration", merge("response")),
    _function("AddPermission", include(_STATEMENTS, "response.statement", "parsed")),
    _function("RemovePermission", exclude(_STATEMENTS, "request.statementId", "statement")),
    _function("PutFunctionConcurrency", put("concurrency", "response")),
    _function("CreateFunctionUrlConfig", put("functionUrl", "response")),
    _function("UpdateFunctionUrlConfig", put("functionUrl", "response")),
    _function("DeleteFunctionUrlConfig", drop("functionUrl")),
    _function("TagResource", tagged("request.tags")),
    _function("UntagResource", untagged("request.tagKeys")),
)

_CLUSTERS = (
    Rule(
        "CreateCluster",
        CLUSTER,
        CREATED,
        "response.cluster.name|request.name",
        name="request.name",
        arn=_EKS_ARN,
        state="response.cluster.status",
        takes=(merge("response.cluster"), tagged("request.tags")),
    ),
    Rule("DeleteCluster", CLUSTER, DELETED, "request.name", name="request.name", arn=_EKS_ARN),
    Rule(
        "UpdateClusterConfig",
        CLUSTER,
        EDITED,
        "request.name",
        name="request.name",
        arn=_EKS_ARN,
        takes=(
            merge("request.resourcesVpcConfig", "resourcesVpcConfig"),
            merge("request.logging", "logging"),
        ),
    ),
)

RULES: Mapping[str, tuple[Rule, ...]] = {
    "ec2": (*_INSTANCES, *_VOLUMES, *_GROUPS, *_TAGS),
    "lambda": _FUNCTIONS,
    "eks": _CLUSTERS,
}
