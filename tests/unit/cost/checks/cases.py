"""For each check a resource that could cost less, and what makes it one that could not."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from functions.cost.model.checks.case import Case
from functions.cost.model.checks.catalogue import reads_of
from functions.cost.model.checks.kept import BilledLine, Kept, Measured, Spent, kept
from functions.cost.model.prices.book import Origin, Price, PriceBook
from steward.contracts.inventory import ResourceView

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD = "2025-01-01T00:00:00+00:00"
NEW = "2026-02-27T00:00:00+00:00"
TEST = {"Environment": "test"}
LIVE = {"Environment": "production"}


def use(peak: float = 0, total: float = 0, average: float = 0, days: int = 14) -> Measured:
    """A metric over so many days."""
    return Measured(average=average, peak=peak, total=total, days=days)


@dataclass(frozen=True)
class Example:
    """A resource that a check fires on; with ``rests`` laid over it, it does not."""

    type: str
    configuration: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    state: str = "active"
    lines: Mapping[str, tuple[str, str]] = field(default_factory=lambda: {"Usage": ("50", "730")})
    measured: Mapping[str, Measured] = field(default_factory=dict)
    prices: Mapping[str, str] = field(default_factory=dict)
    peers: tuple[Mapping[str, Any], ...] = ()
    saving: str | None = None
    """What it comes to, where that is worth saying."""
    rests: Mapping[str, Any] = field(default_factory=dict)

    def other(self) -> Example:
        """The one that could not cost less."""
        changes = dict(self.rests)
        changed = copy.deepcopy(dict(self.configuration))
        for path, value in changes.pop("set", {}).items():
            _put(changed, path.split("."), value)
        measured = {**self.measured, **changes.pop("measured", {})}
        values = {**vars(self), **changes, "configuration": changed, "measured": measured}
        return Example(**values)

    def case(self) -> Case:
        """The resource before a check, as far as its type's checks keep of it."""
        return Case(
            self._kept(),
            PriceBook.of(_price(meter, amount) for meter, amount in self.prices.items()),
            NOW,
            tuple(_peer(one) for one in self.peers),
        )

    def _kept(self) -> Kept:
        found = kept(
            view(self.type, self.configuration, self.tags, self.state),
            reads_of(self.type),
            at=NOW,
        )
        lines = tuple(
            BilledLine(meter=meter, unit="1 Hour", cost=Decimal(cost), quantity=Decimal(quantity))
            for meter, (cost, quantity) in self.lines.items()
        )
        spent = Spent(currency="USD", days=30, until=NOW, lines=lines)
        return found.model_copy(update={"spent": spent, "measured": dict(self.measured)})


def view(
    type_: str, configuration: Mapping[str, Any], tags: Mapping[str, str], state: str
) -> ResourceView:
    """The resource as the inventory tells of it."""
    provider = "aws" if type_.startswith("AWS::") else "azure" if "Microsoft" in type_ else "gcp"
    return ResourceView(
        id="r1",
        provider=provider,
        account="1",
        region="eu-west-1",
        type=type_,
        native_id="native",
        name="orders",
        tags=dict(tags),
        configuration=dict(configuration),
        state=state,
        captured_at=NOW,
        version=1,
    )


def _price(meter: str, amount: str) -> Price:
    return Price(meter=meter, unit="1", amount=Decimal(amount), currency="USD", origin=Origin.BILL)


def _peer(one: Mapping[str, Any]) -> Kept:
    type_ = one["type"]
    return kept(view(type_, one["configuration"], {}, "active"), reads_of(type_), at=NOW)


def _put(into: dict[str, Any], path: list[str], value: Any) -> None:
    *above, last = path
    for part in above:
        into = into.setdefault(part, {})
    into[last] = value


VOLUME = "AWS::EC2::Volume"
EC2 = "AWS::EC2::Instance"
RDS = "AWS::RDS::DBInstance"
VM = "Microsoft.Compute/virtualMachines"
GCE = "compute.googleapis.com/Instance"
POWER = "properties.extended.instanceView.powerState.code"


def vm(size: str = "Standard_D4s_v5", os: str = "Linux", power: str = "running") -> dict[str, Any]:
    """A machine of Azure's."""
    return {
        "properties": {
            "hardwareProfile": {"vmSize": size},
            "storageProfile": {"osDisk": {"osType": os}},
            "extended": {"instanceView": {"powerState": {"code": f"PowerState/{power}"}}},
        }
    }


def gce(kind: str = "n2-standard-4", **more: Any) -> dict[str, Any]:
    """A machine of Google's."""
    zone = "https://www.googleapis.com/compute/v1/projects/p/zones/europe-west1-b"
    return {"status": "RUNNING", "machineType": f"{zone}/machineTypes/{kind}", **more}


CORES = {"N2 Instance Core": ("40", "2920"), "N2 Instance Ram": ("20", "11680")}
BOX = {"BoxUsage:m5.xlarge": ("140", "730")}
ENDPOINTS = tuple(
    {
        "type": "AWS::EC2::VPCEndpoint",
        "configuration": {
            "vpcEndpointType": "Gateway",
            "serviceName": f"com.amazonaws.eu-west-1.{service}",
            "vpcId": "vpc-1",
        },
    }
    for service in ("s3", "dynamodb")
)
GROUPED = {**TEST, "aws:autoscaling:groupName": "workers"}

EXAMPLES: dict[str, Example] = {
    "ebs-volume-unattached": Example(
        VOLUME,
        {"state": "available", "createTime": OLD, "size": 100},
        saving="50",
        rests={"set": {"state": "in-use"}},
    ),
    "ebs-volume-gp2": Example(
        VOLUME,
        {"volumeType": "gp2", "size": 500},
        lines={"EBS:VolumeUsage.gp2": ("55", "500")},
        prices={"EBS:VolumeUsage.gp3": "0.088"},
        saving="11",
        rests={"set": {"volumeType": "gp3"}},
    ),
    "ebs-volume-provisioned-unused": Example(
        VOLUME,
        {"volumeType": "io1", "size": 100},
        lines={"EBS:VolumeUsage.piops": ("13", "100"), "EBS:VolumeP-IOPS": ("300", "5000")},
        measured={"operations": use(peak=400)},
        prices={"EBS:VolumeUsage.gp3": "0.088"},
        saving="304.2",
        rests={"measured": {"operations": use(peak=4500)}},
    ),
    "eip-unattached": Example(
        "AWS::EC2::EIP",
        {"allocationId": "eipalloc-1"},
        lines={"PublicIPv4:IdleAddress": ("3.65", "730")},
        saving="3.65",
        rests={"set": {"associationId": "eipassoc-1"}},
    ),
    "ec2-instance-idle": Example(
        EC2,
        state="running",
        measured={"cpu": use(peak=2), "network": use(total=1000)},
        lines=BOX,
        saving="140",
        rests={"measured": {"network": use(total=10**9)}},
    ),
    "ec2-instance-oversized": Example(
        EC2,
        {"instanceType": "m5.xlarge"},
        state="running",
        measured={"cpu": use(peak=30)},
        lines=BOX,
        prices={"BoxUsage:m5.large": "0.096"},
        saving="69.92",
        rests={"measured": {"cpu": use(peak=70)}},
    ),
    "ec2-instance-old-generation": Example(
        EC2,
        {"instanceType": "m4.large"},
        state="running",
        lines={"BoxUsage:m4.large": ("73", "730")},
        saving="9.928",
        rests={"set": {"instanceType": "m6a.large"}},
    ),
    "ec2-instance-always-on": Example(
        EC2, tags=TEST, state="running", lines=BOX, saving="90.006", rests={"tags": LIVE}
    ),
    "ec2-group-on-demand": Example(
        EC2,
        {"instanceType": "m5.xlarge"},
        tags=GROUPED,
        state="running",
        lines=BOX,
        saving="84",
        rests={"set": {"instanceLifecycle": "spot"}},
    ),
    "ec2-windows-rehearsal": Example(
        EC2,
        {"instanceType": "m5.xlarge", "platform": "windows"},
        tags=TEST,
        state="running",
        lines={"BoxUsage:m5.xlarge/RunInstances:0002": ("274", "730")},
        prices={"BoxUsage:m5.xlarge": "0.192"},
        saving="133.84",
        rests={"tags": LIVE},
    ),
    "lambda-x86": Example(
        "AWS::Lambda::Function",
        {"architectures": ["x86_64"]},
        lines={"Lambda-GB-Second": ("100", "6000000")},
        saving="20",
        rests={"set": {"architectures": ["arm64"]}},
    ),
    "lambda-provisioned-unused": Example(
        "AWS::Lambda::Function",
        lines={"Lambda-Provisioned-Concurrency": ("100", "1")},
        measured={"provisioned": use(peak=0.1)},
        saving="90",
        rests={"measured": {"provisioned": use(peak=0.9)}},
    ),
    "nat-gateway-idle": Example(
        "AWS::EC2::NatGateway",
        {"state": "available", "createTime": OLD},
        measured={"bytes": use(total=10)},
        rests={"measured": {"bytes": use(total=10**10)}},
    ),
    "nat-gateway-without-endpoints": Example(
        "AWS::EC2::NatGateway",
        {"vpcId": "vpc-1"},
        lines={"NatGateway-Bytes": ("100", "2000"), "NatGateway-Hours": ("35", "730")},
        peers=ENDPOINTS[1:],
        saving="30",
        rests={"peers": ENDPOINTS},
    ),
    "load-balancer-idle": Example(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {"createdTime": OLD},
        measured={"requests": use()},
        rests={"measured": {"requests": use(peak=3, total=9)}},
    ),
    "ec2-traffic-between-zones": Example(
        EC2,
        lines={**BOX, "DataTransfer-Regional-Bytes": ("60", "6000")},
        saving="30",
        rests={"lines": {**BOX, "DataTransfer-Regional-Bytes": ("6", "600")}},
    ),
    "rds-instance-idle": Example(
        RDS,
        {"dBInstanceStatus": "available"},
        measured={"connections": use()},
        rests={"measured": {"connections": use(peak=2)}},
    ),
    "rds-instance-oversized": Example(
        RDS,
        {"dBInstanceClass": "db.m5.xlarge", "multiAZ": False},
        lines={"InstanceUsage:db.m5.xlarge": ("250", "730"), "RDS:GP2-Storage": ("12", "100")},
        measured={"cpu": use(peak=20), "connections": use(peak=12)},
        saving="125",
        rests={"measured": {"cpu": use(peak=80)}},
    ),
    "rds-mirrored-rehearsal": Example(
        RDS,
        {"multiAZ": True},
        tags=TEST,
        lines={"Multi-AZUsage:db.m5.large": ("250", "730")},
        saving="125",
        rests={"set": {"multiAZ": False}},
    ),
    "rds-always-on": Example(
        RDS,
        {"multiAZ": False},
        tags=TEST,
        lines={"InstanceUsage:db.m5.large": ("125", "730")},
        rests={"lines": {"InstanceUsage:db.m5.large": ("40", "240")}},
    ),
    "rds-enterprise-rehearsal": Example(
        RDS,
        {"engine": "sqlserver-ee", "licenseModel": "license-included"},
        tags=TEST,
        lines={"InstanceUsage:db.m5.large": ("900", "730")},
        saving="450",
        rests={"set": {"engine": "sqlserver-dev-ee", "licenseModel": "bring-your-own-license"}},
    ),
    "rds-snapshot-old": Example(
        "AWS::RDS::DBSnapshot",
        {"snapshotType": "manual", "snapshotCreateTime": OLD},
        rests={"set": {"snapshotType": "automated"}},
    ),
    "ebs-snapshot-archive": Example(
        "AWS::EC2::Snapshot",
        {"startTime": OLD, "storageTier": "standard"},
        lines={"EBS:SnapshotUsage": ("50", "1000")},
        prices={"EBS:SnapshotArchiveStorage": "0.0125"},
        saving="37.5",
        rests={"tags": {"aws:backup:source-resource": "vol-1"}},
    ),
    "s3-bucket-one-tier": Example(
        "AWS::S3::Bucket",
        {"supplementary": {"BucketPolicy": {}}},
        lines={"TimedStorage-ByteHrs": ("100", "4300"), "Requests-Tier2": ("1", "2500000")},
        saving="28",
        rests={
            "set": {"supplementary.BucketLifecycleConfiguration.rules": [{"status": "Enabled"}]}
        },
    ),
    "log-group-endless": Example(
        "AWS::Logs::LogGroup",
        {"storedBytes": 10**12, "creationTime": 1640995200000},
        lines={"TimedStorage-ByteHrs": ("30", "930")},
        rests={"set": {"retentionInDays": 30}},
    ),
    "dynamodb-overprovisioned": Example(
        "AWS::DynamoDB::Table",
        {"provisionedThroughput": {"readCapacityUnits": 900, "writeCapacityUnits": 100}},
        lines={"ReadCapacityUnit-Hrs": ("90", "1"), "WriteCapacityUnit-Hrs": ("10", "1")},
        measured={"reads": use(average=90), "writes": use(average=10)},
        saving="70",
        rests={"measured": {"reads": use(average=600)}},
    ),
    "elasticache-idle": Example(
        "AWS::ElastiCache::CacheCluster",
        {"cacheNodeType": "cache.m5.large"},
        measured={"connections": use(peak=1)},
        rests={"measured": {"connections": use(peak=20)}},
    ),
    "redshift-idle": Example(
        "AWS::Redshift::Cluster",
        {"clusterStatus": "available", "clusterCreateTime": OLD, "numberOfNodes": 2},
        measured={"connections": use()},
        rests={"set": {"clusterStatus": "paused"}},
    ),
    "azure-disk-unattached": Example(
        "Microsoft.Compute/disks",
        {"properties": {"diskState": "Unattached", "timeCreated": OLD}},
        rests={"set": {"properties.timeCreated": NEW}},
    ),
    "azure-disk-premium-rehearsal": Example(
        "Microsoft.Compute/disks",
        {"sku": {"name": "Premium_LRS"}},
        tags=TEST,
        lines={"P10 LRS Disk": ("20", "1")},
        saving="7.6",
        rests={"tags": LIVE},
    ),
    "azure-public-address-unused": Example(
        "Microsoft.Network/publicIPAddresses",
        {"properties": {"ipAddress": "20.1.2.3"}},
        rests={"set": {"properties.ipConfiguration": {"id": "x"}}},
    ),
    "azure-vm-stopped-allocated": Example(
        VM, vm(power="stopped"), rests={"set": {POWER: "PowerState/deallocated"}}
    ),
    "azure-vm-idle": Example(
        VM,
        vm(),
        measured={"cpu": use(peak=3)},
        rests={"measured": {"cpu": use(peak=60)}},
    ),
    "azure-vm-oversized": Example(
        VM,
        vm(),
        measured={"cpu": use(peak=30)},
        saving="25",
        rests={"set": {"properties.hardwareProfile.vmSize": "Standard_D2s_v5"}},
    ),
    "azure-vm-old-generation": Example(
        VM,
        vm("Standard_DS4_v2"),
        lines={"D4 v2/DS4 v2": ("400", "730")},
        prices={"D8s v5": "0.46"},
        saving="64.2",
        rests={"set": {"properties.hardwareProfile.vmSize": "Standard_D4s_v5"}},
    ),
    "azure-vm-windows-licence": Example(
        VM,
        vm(os="Windows"),
        saving="20",
        rests={"set": {"properties.licenseType": "Windows_Server"}},
    ),
    "azure-vm-always-on": Example(VM, vm(), tags=TEST, rests={"tags": LIVE}),
    "azure-snapshot-old": Example(
        "Microsoft.Compute/snapshots",
        {"properties": {"timeCreated": OLD}},
        rests={"set": {"properties.timeCreated": NEW}},
    ),
    "azure-plan-empty": Example(
        "Microsoft.Web/serverfarms",
        {"properties": {"numberOfSites": 0}, "sku": {"name": "P1v3"}},
        rests={"set": {"properties.numberOfSites": 2}},
    ),
    "azure-logs-kept-long": Example(
        "Microsoft.OperationalInsights/workspaces",
        {"properties": {"retentionInDays": 365}},
        lines={"Analytics Logs Data Retention": ("100", "1000"), "Ingestion": ("300", "100")},
        saving="82.34",
        rests={"set": {"properties.retentionInDays": 90}},
    ),
    "azure-storage-hot-rehearsal": Example(
        "Microsoft.Storage/storageAccounts",
        {"properties": {"accessTier": "Hot"}},
        tags=TEST,
        lines={"Hot LRS Data Stored": ("20", "1000")},
        saving="9",
        rests={"set": {"properties.accessTier": "Cool"}},
    ),
    "gcp-disk-unattached": Example(
        "compute.googleapis.com/Disk",
        {"creationTimestamp": OLD, "sizeGb": "100"},
        rests={"set": {"users": ["instance"]}},
    ),
    "gcp-address-unused": Example(
        "compute.googleapis.com/Address",
        {"status": "RESERVED", "address": "34.1.2.3"},
        rests={"set": {"status": "IN_USE"}},
    ),
    "gcp-instance-idle": Example(
        GCE,
        gce(),
        measured={"cpu": use(peak=3)},
        rests={"set": {"status": "TERMINATED"}},
    ),
    "gcp-instance-oversized": Example(
        GCE,
        gce(),
        lines=CORES,
        measured={"cpu": use(peak=30)},
        saving="30",
        rests={"measured": {"cpu": use(peak=60)}},
    ),
    "gcp-instance-old-generation": Example(
        GCE,
        gce("n1-standard-4"),
        lines={"N1 Predefined Instance Core": ("20", "720")},
        saving="2.2",
        rests={"lines": {"N1 Predefined Instance Core": ("80", "2920")}},
    ),
    "gcp-instance-always-on": Example(
        GCE, gce(), tags=TEST, lines=CORES, rests={"set": {"lastStopTimestamp": NEW}}
    ),
    "gcp-group-on-demand": Example(
        GCE,
        gce(
            metadata={
                "items": [
                    {"key": "created-by", "value": "projects/1/instanceGroupManagers/workers"}
                ]
            }
        ),
        tags=TEST,
        lines=CORES,
        saving="36",
        rests={"set": {"metadata": {"items": []}}},
    ),
    "gcp-snapshot-old": Example(
        "compute.googleapis.com/Snapshot",
        {"creationTimestamp": OLD},
        rests={"set": {"creationTimestamp": NEW}},
    ),
    "gcp-bucket-one-class": Example(
        "storage.googleapis.com/Bucket",
        {"storageClass": "STANDARD"},
        lines={"Standard Storage EU Multi-region": ("100", "4000")},
        saving="35",
        rests={"set": {"autoclass": {"enabled": True}}},
    ),
    "gcp-sql-idle": Example(
        "sqladmin.googleapis.com/Instance",
        {"state": "RUNNABLE", "settings": {"tier": "db-custom-2-7680"}},
        measured={"connections": use()},
        rests={"measured": {"connections": use(peak=4)}},
    ),
    "gcp-sql-mirrored-rehearsal": Example(
        "sqladmin.googleapis.com/Instance",
        {"settings": {"availabilityType": "REGIONAL"}},
        tags=TEST,
        lines={"Cloud SQL for PostgreSQL: Regional - vCPU": ("100", "1460")},
        saving="50",
        rests={"set": {"settings.availabilityType": "ZONAL"}},
    ),
}
