"""Synthetic EC2 instances as boto3 gives them, about 2 KB each; the same ones for the same seed.

Read by Steward's side and, in another environment, by its peer: the standard library and dateutil
(which boto3's moments carry) are all it may use.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from dateutil.tz import tzutc  # type: ignore[import-untyped]

TYPES = ("m5.large", "m5.xlarge", "c5.large", "c5.xlarge", "r5.large", "t3.micro", "t3.medium")
STATES = ((16, "running"), (16, "running"), (16, "running"), (80, "stopped"), (48, "terminated"))
ENVIRONMENTS = ("prod", "prod", "staging", "dev", "test")
ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
UTC = tzutc()
"""The zone of boto3's moments."""
FIRST = datetime(2024, 12, 1, 0, 17, tzinfo=UTC)
DAYS = 700


def instances(count: int, *, seed: int = 7) -> list[dict[str, Any]]:
    """So many instances."""
    chance = random.Random(seed)
    return [_instance(number, chance) for number in range(count)]


def _instance(number: int, chance: random.Random) -> dict[str, Any]:
    launched = FIRST + timedelta(days=chance.randrange(DAYS))
    code, state = chance.choice(STATES)
    zone = chance.choice(ZONES)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    groups = [f"sg-{chance.randrange(40):04d}" for _ in range(chance.randint(1, 3))]
    return {
        "InstanceId": f"i-{number:017x}",
        "ImageId": f"ami-{chance.getrandbits(68):017x}",
        "InstanceType": chance.choice(TYPES),
        "KeyName": f"key-{chance.randrange(12)}",
        "LaunchTime": launched,
        "Monitoring": {"State": chance.choice(("disabled", "enabled"))},
        "Placement": {"AvailabilityZone": zone, "GroupName": "", "Tenancy": "default"},
        "PrivateDnsName": f"ip-{address.replace('.', '-')}.eu-west-1.compute.internal",
        "PrivateIpAddress": address,
        "State": {"Code": code, "Name": state},
        "StateTransitionReason": "",
        "SubnetId": f"subnet-{chance.randrange(60):08x}",
        "VpcId": f"vpc-{chance.randrange(6):08x}",
        "Architecture": "x86_64",
        "BlockDeviceMappings": [_disk(number, at, launched) for at in range(chance.randint(1, 3))],
        "ClientToken": f"{chance.getrandbits(64):016x}",
        "EbsOptimized": chance.random() < 0.5,  # noqa: PLR2004 - a coin
        "EnaSupport": True,
        "Hypervisor": "xen",
        "IamInstanceProfile": {
            "Arn": f"arn:aws:iam::111122223333:instance-profile/app-{chance.randrange(30)}",
            "Id": f"AIPA{chance.getrandbits(64):016X}",
        },
        "NetworkInterfaces": [_interface(number, address, groups)],
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "SecurityGroups": _groups(groups),
        "SourceDestCheck": True,
        "Tags": _tags(chance),
        "VirtualizationType": "hvm",
        "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
        "MetadataOptions": {
            "State": "applied",
            "HttpTokens": chance.choice(("optional", "required", "required")),
            "HttpPutResponseHopLimit": 1,
            "HttpEndpoint": "enabled",
        },
        "EnclaveOptions": {"Enabled": False},
    }


def _disk(number: int, at: int, launched: datetime) -> dict[str, Any]:
    volume = {
        "AttachTime": launched + timedelta(days=at),
        "DeleteOnTermination": True,
        "Status": "attached",
        "VolumeId": f"vol-{number:013x}{at:04x}",
    }
    return {"DeviceName": f"/dev/xvd{'abc'[at]}", "Ebs": volume}


def _groups(names: list[str]) -> list[dict[str, str]]:
    return [{"GroupName": f"group-{name}", "GroupId": name} for name in names]


def _interface(number: int, address: str, groups: list[str]) -> dict[str, Any]:
    return {
        "NetworkInterfaceId": f"eni-{number:017x}",
        "PrivateIpAddress": address,
        "Status": "in-use",
        "Groups": _groups(groups),
        "Attachment": {"DeviceIndex": 0, "Status": "attached", "DeleteOnTermination": True},
    }


def _tags(chance: random.Random) -> list[dict[str, str]]:
    found = {
        "Name": f"app-{chance.randrange(500)}",
        "Environment": chance.choice(ENVIRONMENTS),
        "CostCenter": f"cc-{chance.randrange(90)}",
        "Team": f"team-{chance.randrange(20)}",
        "Owner": f"owner-{chance.randrange(200)}",
        "Service": f"service-{chance.randrange(100)}",
    }
    if chance.random() < 0.3:  # noqa: PLR2004 - three in ten have no owner
        del found["Owner"]
    return [{"Key": key, "Value": value} for key, value in found.items()]
