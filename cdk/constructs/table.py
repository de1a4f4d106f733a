"""One concern's table: on demand, recoverable to the second, encrypted, streaming its new items."""

from __future__ import annotations

from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from steward.store import tables


class ConcernTable(Construct):
    """The table of one concern, in the shape that the DynamoDB store reads and writes.

    ``streams`` is for tables that hold outboxes: the stream is how the relay hears of them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        key_arn: str,
        keep: bool,
        streams: bool = True,
    ) -> None:
        super().__init__(scope, construct_id)
        shape = _camel(tables.create_table(name))
        table = dynamodb.CfnTable(
            self,
            "Table",
            table_name=name,
            billing_mode=shape["billingMode"],
            attribute_definitions=shape["attributeDefinitions"],
            key_schema=shape["keySchema"],
            global_secondary_indexes=shape["globalSecondaryIndexes"],
            stream_specification=_view(shape) if streams else None,
            time_to_live_specification=_camel(tables.time_to_live()),
            point_in_time_recovery_specification={"pointInTimeRecoveryEnabled": True},
            sse_specification={"sseEnabled": True, "sseType": "KMS", "kmsMasterKeyId": key_arn},
            deletion_protection_enabled=keep,
        )
        table.apply_removal_policy(RemovalPolicy.RETAIN if keep else RemovalPolicy.DESTROY)
        self.stream_arn = table.attr_stream_arn if streams else None


def _view(shape: dict[str, Any]) -> dict[str, Any]:
    return {"streamViewType": shape["streamSpecification"]["streamViewType"]}


def _camel(node: Any) -> Any:
    """DynamoDB's argument names as the CDK spells them."""
    if isinstance(node, dict):
        return {key[0].lower() + key[1:]: _camel(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_camel(item) for item in node]
    return node
