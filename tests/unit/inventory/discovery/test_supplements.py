from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from functions.inventory.model.discovery import Found, Kind, Listed
from tests.unit.inventory.discovery.scripted import ScriptedCloud, fault, found

BUCKET, USER, GROUP = "AWS::S3::Bucket", "AWS::IAM::User", "AWS::EC2::SecurityGroup"
UNSET = {
    "GetBucketPolicy": "NoSuchBucketPolicy",
    "GetBucketPolicyStatus": "NoSuchBucketPolicy",
    "GetPublicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "GetBucketTagging": "NoSuchTagSet",
    "GetBucketLifecycleConfiguration": "NoSuchLifecycleConfiguration",
    "GetBucketCors": "NoSuchCORSConfiguration",
    "GetBucketWebsite": "NoSuchWebsiteConfiguration",
    "GetBucketReplication": "ReplicationConfigurationNotFoundError",
    "GetObjectLockConfiguration": "ObjectLockConfigurationNotFoundError",
    "GetBucketOwnershipControls": "OwnershipControlsNotFoundError",
    "GetBucketEncryption": "ServerSideEncryptionConfigurationNotFoundError",
}


def bucket(region: str | None = "eu-west-1", **answers: Any) -> Listed:
    listed = {"Name": "logs", **({"BucketRegion": region} if region else {})}
    script: dict[str, Any] = {name: fault(Kind.REFUSED, code) for name, code in UNSET.items()}
    for name in ("Acl", "AccelerateConfiguration", "Logging", "NotificationConfiguration"):
        script[f"GetBucket{name}"] = {}
    script |= {"GetBucketVersioning": {}, "ListBuckets": {"Buckets": [listed]}, **answers}
    [page] = found(ScriptedCloud(**script), "s3", BUCKET, region="global")
    return page.resources[0]


def supplement(name: str, **answers: Any) -> Any:
    return bucket(**answers).facts.configuration["supplementary"].get(name)


def test_what_is_not_configured_is_left_out_and_lacks_nothing() -> None:
    facts = bucket().facts
    assert facts.partial is None
    assert "PublicAccessBlockConfiguration" not in facts.configuration["supplementary"]
    assert facts.configuration["supplementary"]["BucketPolicy"] == {"policyText": None}


def test_what_is_denied_is_named_and_judged_by_nobody() -> None:
    facts = bucket(GetBucketEncryption=fault(Kind.DENIED, "AccessDenied")).facts
    assert facts.partial == "GetBucketEncryption: denied (AccessDenied)"
    assert facts.encrypted is None


def test_one_call_out_of_order_holds_up_no_bucket() -> None:
    facts = bucket(GetBucketAcl=fault(Kind.BROKEN, "InternalError")).facts
    assert facts.partial == "GetBucketAcl: broken (InternalError)"


def test_a_bucket_is_where_it_lies() -> None:
    assert bucket().subject.region == "eu-west-1"
    assert (
        bucket(None, GetBucketLocation={"LocationConstraint": "EU"}).subject.region == "eu-west-1"
    )
    assert bucket(None, GetBucketLocation={"LocationConstraint": ""}).subject.region == "us-east-1"


def test_a_buckets_supplements_are_worded_as_aws_config_words_them() -> None:
    grants = [
        {
            "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
            "Permission": "READ",
        }
    ]
    assert supplement("AccessControlList", GetBucketAcl={"Grants": grants})["grantList"] == [
        {"grantee": "AllUsers", "permission": "Read"}
    ]
    logging = {"LoggingEnabled": {"TargetBucket": "audit", "TargetPrefix": "x/"}}
    assert supplement("BucketLoggingConfiguration", GetBucketLogging=logging) == {
        "destinationBucketName": "audit",
        "logFilePrefix": "x/",
    }
    versioning = {"Status": "Enabled", "MFADelete": "Disabled"}
    assert supplement("BucketVersioningConfiguration", GetBucketVersioning=versioning) == {
        "status": "Enabled",
        "isMfaDeleteEnabled": False,
    }
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}
    found_rules = supplement(
        "ServerSideEncryptionConfiguration",
        GetBucketEncryption={"ServerSideEncryptionConfiguration": rules},
    )
    assert found_rules["rules"] == [
        {
            "applyServerSideEncryptionByDefault": {
                "sseAlgorithm": "aws:kms",
                "kmsMasterKeyID": "k",
            },
            "bucketKeyEnabled": True,
        }
    ]


def test_a_public_policy_counts_unless_it_is_blocked() -> None:
    status = {"PolicyStatus": {"IsPublic": True}}
    block = {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": True}}
    open_to_all: dict[str, Any] = {
        "GetBucketPolicy": {"Policy": "{}"},
        "GetBucketPolicyStatus": status,
    }
    assert bucket(**open_to_all).facts.public is True
    assert bucket(**open_to_all, GetPublicAccessBlock=block).facts.public is not True


def test_what_another_answer_rules_out_is_not_asked_for() -> None:
    never: Any = fault(Kind.DENIED, "Asked")
    needless = ("GetBucketPolicyStatus", "GetBucketReplication", "GetObjectLockConfiguration")
    assert bucket(**dict.fromkeys(needless, never)).facts.partial is None
    lock = {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}
    for answer in ({"Status": "Enabled"}, {"Status": "Suspended"}, fault(Kind.DENIED)):
        told = supplement(
            "ObjectLockConfiguration", GetBucketVersioning=answer, GetObjectLockConfiguration=lock
        )
        assert told == {"objectLockEnabled": "Enabled"}
    status = {"PolicyStatus": {"IsPublic": True}}
    facts = bucket(GetBucketPolicy=fault(Kind.DENIED), GetBucketPolicyStatus=status).facts
    assert facts.public is True


def test_a_security_groups_ranges_are_worded_as_aws_config_words_them() -> None:
    permission = {"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}
    group = {"GroupId": "sg-1", "IpPermissions": [permission]}
    [page] = found(ScriptedCloud(DescribeSecurityGroups={"SecurityGroups": [group]}), "ec2", GROUP)
    [rule] = page.resources[0].facts.configuration["ipPermissions"]
    assert rule["ipv4Ranges"] == [{"cidrIp": "0.0.0.0/0", "description": "all"}]
    assert rule["ipRanges"] == ["0.0.0.0/0"]


def users(cloud: ScriptedCloud) -> list[Found]:
    return found(cloud, "iam", USER, region="global")


def test_each_key_says_when_it_was_used_last_or_none_says_anything() -> None:
    listed = {"UserDetailList": [{"UserName": "ana"}]}
    keys = {"AccessKeyMetadata": [{"AccessKeyId": "A"}, {"AccessKeyId": "B"}]}
    used = {
        "A": {"LastUsedDate": datetime(2026, 3, 1, tzinfo=UTC), "ServiceName": "s3", "Region": "r"},
        "B": {"ServiceName": "N/A", "Region": "N/A"},
    }
    script: dict[str, Any] = {
        "GetAccountAuthorizationDetails": listed,
        "ListAccessKeys": keys,
        "ListMFADevices": {},
        "GetLoginProfile": {},
        "GetAccessKeyLastUsed": lambda asked: {"AccessKeyLastUsed": used[asked["AccessKeyId"]]},
    }
    facts = users(ScriptedCloud(**script))[0].resources[0].facts
    first, second = facts.configuration["supplementary"]["AccessKeys"]
    assert (first["accessKeyId"], first["lastUsedDate"][:10]) == ("A", "2026-03-01")
    assert "lastUsedDate" not in second
    script["GetAccessKeyLastUsed"] = fault(Kind.DENIED, "AccessDenied")
    facts = users(ScriptedCloud(**script))[0].resources[0].facts
    assert "supplementary" not in facts.configuration
    assert "AccessDenied" in str(facts.partial)


def test_those_who_may_not_see_everything_see_the_lesser_list_and_are_told() -> None:
    listed = {"Users": [{"UserName": "ana"}]}
    none: dict[str, Any] = {"ListAccessKeys": {}, "ListMFADevices": {}, "GetLoginProfile": {}}
    pages = users(ScriptedCloud(ListUsers=listed, **none))
    [resource] = pages[0].resources
    assert resource.subject.native_id == "ana"
    assert resource.facts.partial == "GetAccountAuthorizationDetails: denied (AccessDenied)"
    assert pages[0].problems[0].operation == "GetAccountAuthorizationDetails"
    assert pages[-1].whole


def test_the_lesser_list_is_taken_up_as_such() -> None:
    def listed(asked: Any) -> dict[str, Any]:
        if "Marker" in asked:
            return {"Users": [{"UserName": "bob"}], "IsTruncated": False}
        return {"Users": [{"UserName": "ana"}], "IsTruncated": True, "Marker": "2"}

    cloud = ScriptedCloud(ListUsers=listed)
    pages = users(cloud)
    assert [one.subject.native_id for page in pages for one in page.resources] == ["ana", "bob"]
    assert cloud.asked("ListUsers")[1] == {"MaxItems": 1000, "Marker": "2"}


def test_tags_come_from_the_tagging_api_in_batches() -> None:
    groups = [
        {"DBSubnetGroupName": f"g{n}", "DBSubnetGroupArn": f"arn:aws:rds:x:1:subgrp:g{n}"}
        for n in range(150)
    ]

    def tagged(asked: Any) -> dict[str, Any]:
        arns = asked["ResourceARNList"]
        pairs = [{"Key": "n", "Value": arn.rpartition(":")[2]} for arn in arns]
        return {
            "ResourceTagMappingList": [
                {"ResourceARN": arn, "Tags": [pair]} for arn, pair in zip(arns, pairs, strict=True)
            ]
        }

    cloud = ScriptedCloud(DescribeDBSubnetGroups={"DBSubnetGroups": groups}, GetResources=tagged)
    [page] = found(cloud, "rds", "AWS::RDS::DBSubnetGroup")
    assert [one.facts.tags["n"] for one in page.resources] == [f"g{n}" for n in range(150)]
    assert [len(asked["ResourceARNList"]) for asked in cloud.asked("GetResources")] == [100, 50]
