"""One concern's table: on demand, recoverable to the second, encrypted, streaming its new items."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from cdk import shape


class ConcernTable(Construct):
    """The table of one concern, in the shape that the DynamoDB store reads and writes."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, key_arn: str, keep: bool
    ) -> None:
        super().__init__(scope, construct_id)
        index_attributes = [name for index in shape.INDEXES for name in shape.index_keys(index)]
        table = dynamodb.CfnTable(
            self,
            "Table",
            table_name=name,
            billing_mode="PAY_PER_REQUEST",
            attribute_definitions=[
                {"attributeName": attribute, "attributeType": "S"}
                for attribute in (shape.PARTITION_KEY, *index_attributes)
            ],
            key_schema=[{"attributeName": shape.PARTITION_KEY, "keyType": "HASH"}],
            global_secondary_indexes=[_index(index) for index in shape.INDEXES],
            time_to_live_specification={"attributeName": shape.EXPIRES, "enabled": True},
            point_in_time_recovery_specification={"pointInTimeRecoveryEnabled": True},
            stream_specification={"streamViewType": "NEW_IMAGE"},
            sse_specification={"sseEnabled": True, "sseType": "KMS", "kmsMasterKeyId": key_arn},
            deletion_protection_enabled=keep,
        )
        table.apply_removal_policy(RemovalPolicy.RETAIN if keep else RemovalPolicy.DESTROY)
        self.stream_arn = table.attr_stream_arn


def _index(index: str) -> dict[str, object]:
    partition, sort = shape.index_keys(index)
    return {
        "indexName": index,
        "keySchema": [
            {"attributeName": partition, "keyType": "HASH"},
            {"attributeName": sort, "keyType": "RANGE"},
        ],
        "projection": {"projectionType": "ALL"},
    }
