"""How resources of each type are made in moto, and what moto has without anybody making it."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.cloud.seed import Made, Maker, Spot


def volumes(spot: Spot, number: int) -> Made:
    ec2 = spot.client("ec2")
    for _ in range(number):
        made = ec2.create_volume(AvailabilityZone=f"{spot.region}a", Size=8)
        yield "AWS::EC2::Volume", made["VolumeId"]


def security_groups(spot: Spot, number: int) -> Made:
    ec2 = spot.client("ec2")
    for one in range(number):
        made = ec2.create_security_group(GroupName=spot.name("sg", one), Description="seeded")
        yield "AWS::EC2::SecurityGroup", made["GroupId"]


def clusters(spot: Spot, number: int) -> Made:
    ecs = spot.client("ecs")
    for one in range(number):
        made = ecs.create_cluster(clusterName=spot.name("cluster", one))
        yield "AWS::ECS::Cluster", made["cluster"]["clusterArn"]


def buckets(spot: Spot, number: int) -> Made:
    s3 = spot.client("s3")
    where = {"CreateBucketConfiguration": {"LocationConstraint": spot.region}}
    for one in range(number):
        name = spot.name("bucket", one)
        s3.create_bucket(Bucket=name, **({} if spot.region == "us-east-1" else where))
        yield "AWS::S3::Bucket", name


def default_security_groups(spot: Spot) -> Made:
    groups = spot.client("ec2").describe_security_groups()["SecurityGroups"]
    for one in groups:
        if one["GroupName"] == "default":
            yield "AWS::EC2::SecurityGroup", one["GroupId"]


MAKERS: dict[str, Maker] = {
    "volumes": volumes,
    "security-groups": security_groups,
    "clusters": clusters,
    "buckets": buckets,
}
DEFAULTS: tuple[Callable[[Spot], Made], ...] = (default_security_groups,)
