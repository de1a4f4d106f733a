"""The estate of Harbour Parcel, a small company: its resources as AWS Config describes them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from steward.demo.envelopes import Item, Json, Place

PRODUCTION, STAGING, TOOLS = "210000000011", "210000000022", "210000000033"
FORGOTTEN = "210000000099"
"""An account that sends events and that nobody has claimed."""
ACCOUNTS = (PRODUCTION, STAGING, TOOLS)

EU, US, ASIA = "eu-west-1", "us-east-1", "ap-southeast-1"
PROD_EU, PROD_US = Place(PRODUCTION, EU), Place(PRODUCTION, US)
PROD_ASIA = Place(PRODUCTION, ASIA)
STAGE_EU, STAGE_US = Place(STAGING, EU), Place(STAGING, US)
TOOLS_EU = Place(TOOLS, EU)

WORLD = "0.0.0.0/0"
OFFICE = "198.51.100.0/24"
_OWNER = "e7c8bb65a5fc49cf906715eae09de9e4bb7861a96361ba79b833aa45f6833b15"
_CREATED = "2025-06-02T07:30:00.000Z"


def tags(owner: str, environment: str, **more: str) -> dict[str, str]:
    """The tags that the company wants on everything."""
    return {"Owner": owner, "Environment": environment, **more}


def bucket(place: Place, name: str, *, safe: bool = True, **more: Any) -> Item:
    """A bucket; a safe one has every protection, another one none."""
    extra: Json = {
        "AccessControlList": json.dumps(
            {
                "grantSet": None,
                "grantList": [
                    {"grantee": {"id": _OWNER, "displayName": None}, "permission": "FullControl"}
                ],
                "owner": {"displayName": None, "id": _OWNER},
                "isRequesterCharged": False,
            }
        ),
        "BucketAccelerateConfiguration": {"status": None},
        "BucketLoggingConfiguration": {
            "destinationBucketName": "harbour-access-logs" if safe else None,
            "logFilePrefix": f"{name}/" if safe else None,
        },
        "BucketNotificationConfiguration": {"configurations": {}},
        "BucketPolicy": {"policyText": _tls_only(name) if safe else None},
        "BucketVersioningConfiguration": {
            "status": "Enabled" if safe else "Off",
            "isMfaDeleteEnabled": None,
        },
        "IsRequesterPaysEnabled": "false",
    }
    if safe:
        extra["PublicAccessBlockConfiguration"] = access_block()
        extra["ServerSideEncryptionConfiguration"] = encryption("aws:kms")
    extra.update(more.pop("supplementary", {}))
    return Item(
        place,
        "AWS::S3::Bucket",
        name,
        {
            "name": name,
            "owner": {"displayName": None, "id": _OWNER},
            "creationDate": _CREATED,
            "region": place.region,
        },
        name=name,
        arn=f"arn:aws:s3:::{name}",
        supplementary=extra,
        **more,
    )


def access_block(*, on: bool = True) -> Json:
    """A bucket's public access block."""
    names = ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")
    return dict.fromkeys(names, on)


def encryption(algorithm: str) -> Json:
    """A bucket's default encryption."""
    default = {"sseAlgorithm": algorithm, "kmsMasterKeyID": None}
    return {"rules": [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": False}]}


def permission(port: int, *ranges: str, protocol: str = "tcp") -> Json:
    """One permission of a security group."""
    return {
        "fromPort": port,
        "ipProtocol": protocol,
        "ipv6Ranges": [],
        "prefixListIds": [],
        "toPort": port,
        "userIdGroupPairs": [],
        "ipv4Ranges": [{"cidrIp": one} for one in ranges],
        "ipRanges": list(ranges),
    }


def group(place: Place, id_: str, name: str, *permissions: Json, **more: Any) -> Item:
    """A security group that lets everything out."""
    out = {**permission(0, WORLD, protocol="-1")}
    del out["fromPort"], out["toPort"]
    return Item(
        place,
        "AWS::EC2::SecurityGroup",
        id_,
        {
            "description": name,
            "groupName": name,
            "ipPermissions": list(permissions),
            "ownerId": place.account,
            "groupId": id_,
            "ipPermissionsEgress": [out],
            "tags": [],
            "vpcId": "vpc-0a11ce5ca1ab1e000",
        },
        name=name,
        arn=f"arn:aws:ec2:{place.region}:{place.account}:security-group/{id_}",
        relationships=(("Is contained in Vpc", "AWS::EC2::VPC", "vpc-0a11ce5ca1ab1e000"),),
        **more,
    )


def instance(
    place: Place,
    id_: str,
    name: str,
    *,
    state: str = "running",
    tokens: str = "required",
    **more: Any,
) -> Item:
    """A machine in a private subnet, unless it is given a public address."""
    codes = {"pending": 0, "running": 16, "stopped": 80, "terminated": 48}
    zone = f"{place.region}a"
    profile = f"arn:aws:iam::{place.account}:instance-profile/{name}"
    configuration: Json = {
        "instanceId": id_,
        "imageId": "ami-0c1c30571d2dae5c9",
        "state": {"code": codes[state], "name": state},
        "privateDnsName": "ip-10-0-1-17.internal",
        "keyName": None,
        "instanceType": more.pop("size", "t3.small"),
        "launchTime": "2025-10-03T06:12:00.000Z",
        "placement": {"availabilityZone": zone, "tenancy": "default"},
        "monitoring": {"state": "disabled"},
        "subnetId": "subnet-0be4ded0a1b2c3d4e",
        "vpcId": "vpc-0a11ce5ca1ab1e000",
        "privateIpAddress": "10.0.1.17",
        "publicIpAddress": more.pop("address", None),
        "architecture": "x86_64",
        "rootDeviceType": "ebs",
        "securityGroups": [{"groupName": "web", "groupId": "sg-0aa10000000000001"}],
        "metadataOptions": {
            "state": "applied",
            "httpTokens": tokens,
            "httpPutResponseHopLimit": 1,
            "httpEndpoint": "enabled",
        },
        "iamInstanceProfile": {"arn": profile, "id": "AIPAHARBOURPARCEL"}
        if more.pop("role", True)
        else None,
        "ebsOptimized": False,
        "sourceDestCheck": True,
    }
    return Item(
        place,
        "AWS::EC2::Instance",
        id_,
        configuration,
        arn=f"arn:aws:ec2:{place.region}:{place.account}:instance/{id_}",
        relationships=(
            ("Is associated with SecurityGroup", "AWS::EC2::SecurityGroup", "sg-0aa10000000000001"),
        ),
        tags={"Name": name, **more.pop("tags", {})},
        **more,
    )


def volume(place: Place, id_: str, size: int, *, attached: str | None = None, **more: Any) -> Item:
    """A volume, encrypted and gp3 unless said otherwise."""
    attachments = [] if attached is None else [{"instanceId": attached, "device": "/dev/sdf"}]
    return Item(
        place,
        "AWS::EC2::Volume",
        id_,
        {
            "attachments": attachments,
            "availabilityZone": f"{place.region}a",
            "createTime": _CREATED,
            "encrypted": more.pop("encrypted", True),
            "kmsKeyId": None,
            "size": size,
            "snapshotId": "",
            "state": "in-use" if attached else "available",
            "volumeId": id_,
            "iops": 3000,
            "tags": [],
            "volumeType": more.pop("kind", "gp3"),
        },
        arn=f"arn:aws:ec2:{place.region}:{place.account}:volume/{id_}",
        **more,
    )


def database(place: Place, name: str, **changes: Any) -> Item:
    """A PostgreSQL database as it should be, with changes."""
    own = changes.pop("tags", None)
    return Item(
        place,
        "AWS::RDS::DBInstance",
        f"db-{name.upper().replace('-', ''):X<26.26}",
        {
            "dBInstanceIdentifier": name,
            "dBInstanceClass": "db.t4g.medium",
            "engine": "postgres",
            "engineVersion": "16.4",
            "dBInstanceStatus": "available",
            "masterUsername": "harbour",
            "allocatedStorage": 100,
            "backupRetentionPeriod": 14,
            "multiAZ": True,
            "autoMinorVersionUpgrade": True,
            "publiclyAccessible": False,
            "storageEncrypted": True,
            "deletionProtection": True,
            "dBClusterIdentifier": None,
            "dbiResourceId": f"db-{name.upper().replace('-', ''):X<26.26}",
            "dBInstanceArn": f"arn:aws:rds:{place.region}:{place.account}:db:{name}",
            **changes,
        },
        name=name,
        arn=f"arn:aws:rds:{place.region}:{place.account}:db:{name}",
        tags=own,
    )


def user(account: str, name: str, *policies: str, **more: Any) -> Item:
    """An IAM user with managed policies of its own."""
    attached = [{"policyName": one.rpartition("/")[2], "policyArn": one} for one in policies]
    return Item(
        Place(account, "global"),
        "AWS::IAM::User",
        f"AIDA{name.upper().replace('-', ''):Q<17.17}",
        {
            "path": "/",
            "userName": name,
            "userId": f"AIDA{name.upper().replace('-', ''):Q<17.17}",
            "arn": f"arn:aws:iam::{account}:user/{name}",
            "createDate": _CREATED,
            "userPolicyList": [],
            "groupList": more.pop("groups", ["people"]),
            "attachedManagedPolicies": attached,
            "permissionsBoundary": None,
            "tags": [],
        },
        name=name,
        arn=f"arn:aws:iam::{account}:user/{name}",
        **more,
    )


def role(account: str, name: str, principal: Json | str, **more: Any) -> Item:
    """An IAM role that a principal may assume; AWS Config gives the document URL-encoded."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return Item(
        Place(account, "global"),
        "AWS::IAM::Role",
        f"AROA{name.upper().replace('-', ''):R<17.17}",
        {
            "path": "/",
            "roleName": name,
            "roleId": f"AROA{name.upper().replace('-', ''):R<17.17}",
            "arn": f"arn:aws:iam::{account}:role/{name}",
            "createDate": _CREATED,
            "assumeRolePolicyDocument": quote(json.dumps(document)),
            "instanceProfileList": [],
            "rolePolicyList": [],
            "attachedManagedPolicies": [],
            "tags": [],
        },
        name=name,
        arn=f"arn:aws:iam::{account}:role/{name}",
        **more,
    )


def policy(account: str, name: str, action: str | list[str], resource: str) -> Item:
    """A customer-managed policy with one statement."""
    arn = f"arn:aws:iam::{account}:policy/{name}"
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = quote(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    version = {"document": document, "versionId": "v1", "isDefaultVersion": True}
    return Item(
        Place(account, "global"),
        "AWS::IAM::Policy",
        f"ANPA{name.upper().replace('-', ''):P<17.17}",
        {
            "policyName": name,
            "policyId": f"ANPA{name.upper().replace('-', ''):P<17.17}",
            "arn": arn,
            "path": "/",
            "defaultVersionId": "v1",
            "attachmentCount": 1,
            "isAttachable": True,
            "policyVersionList": [version],
        },
        name=name,
        arn=arn,
    )


def key(place: Place, id_: str, description: str, **changes: Any) -> Item:
    """A customer-managed KMS key that rotates, unless it is said not to."""
    rotated = changes.pop("rotated", True)
    arn = f"arn:aws:kms:{place.region}:{place.account}:key/{id_}"
    return Item(
        place,
        "AWS::KMS::Key",
        id_,
        {
            "aWSAccountId": place.account,
            "keyId": id_,
            "arn": arn,
            "creationDate": _CREATED,
            "enabled": True,
            "description": description,
            "keyUsage": "ENCRYPT_DECRYPT",
            "keyState": "Enabled",
            "deletionDate": None,
            "origin": "AWS_KMS",
            "keyManager": "CUSTOMER",
            "keySpec": "SYMMETRIC_DEFAULT",
            "multiRegion": False,
            **changes,
        },
        name=id_,
        arn=arn,
        supplementary={"KeyRotationStatus": rotated},
    )


def trail(place: Place, name: str, **changes: Any) -> Item:
    """A CloudTrail trail as it should be, with changes."""
    arn = f"arn:aws:cloudtrail:{place.region}:{place.account}:trail/{name}"
    logs = f"arn:aws:logs:{place.region}:{place.account}:log-group:trail:*"
    return Item(
        place,
        "AWS::CloudTrail::Trail",
        arn,
        {
            "name": name,
            "s3BucketName": "harbour-trail",
            "includeGlobalServiceEvents": True,
            "isMultiRegionTrail": True,
            "homeRegion": place.region,
            "trailARN": arn,
            "logFileValidationEnabled": True,
            "cloudWatchLogsLogGroupArn": logs,
            "kmsKeyId": f"arn:aws:kms:{place.region}:{place.account}:alias/trail",
            "hasCustomEventSelectors": False,
            "isOrganizationTrail": False,
            **changes,
        },
        name=name,
        arn=arn,
    )


def function(place: Place, name: str, **changes: Any) -> Item:
    """A Lambda function as it should be, with changes."""
    arn = f"arn:aws:lambda:{place.region}:{place.account}:function:{name}"
    return Item(
        place,
        "AWS::Lambda::Function",
        name,
        {
            "functionName": name,
            "functionArn": arn,
            "runtime": "python3.13",
            "role": f"arn:aws:iam::{place.account}:role/{name}",
            "handler": "app.handler",
            "codeSize": 182734,
            "timeout": 30,
            "memorySize": 512,
            "lastModified": "2025-01-20T10:00:00.000+0000",
            "version": "$LATEST",
            "environment": {"variables": {"LOG_LEVEL": "INFO"}},
            "tracingConfig": {"mode": "Active"},
            "layers": [],
            "packageType": "Zip",
            **changes,
        },
        name=name,
        arn=arn,
    )


def subnet(place: Place, id_: str, block: str, *, public: bool) -> Item:
    """A subnet."""
    return Item(
        place,
        "AWS::EC2::Subnet",
        id_,
        {
            "availabilityZone": f"{place.region}a",
            "cidrBlock": block,
            "mapPublicIpOnLaunch": public,
            "state": "available",
            "subnetId": id_,
            "vpcId": "vpc-0a11ce5ca1ab1e000",
        },
        arn=f"arn:aws:ec2:{place.region}:{place.account}:subnet/{id_}",
        tags={"Name": "public" if public else "private"},
    )


def plain(place: Place, type_name: str, id_: str, configuration: Json, *, arn: str) -> Item:
    """A resource of a type that no rule is about."""
    return Item(place, type_name, id_, configuration, name=id_.rpartition("/")[2], arn=arn)


def _tls_only(name: str) -> str:
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
