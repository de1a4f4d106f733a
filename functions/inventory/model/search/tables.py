"""The tables that can be searched and asked by SQL: their columns, types, and what those mean."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """A column; ``type`` is DuckDB's, and times are UTC without a zone."""

    name: str
    type: str
    about: str


class Table(NamedTuple):
    """A table."""

    name: str
    about: str
    columns: tuple[Column, ...]

    def types(self) -> dict[str, str]:
        """The columns' types by their names."""
        return {column.name: column.type for column in self.columns}


_RELATIONS = "STRUCT(kind VARCHAR, target_type VARCHAR, target_id VARCHAR)[]"

RESOURCES = Table(
    "resources",
    "Every resource that is there, as it is now.",
    (
        Column("id", "VARCHAR", "The inventory's own id, as the API has it."),
        Column("provider", "VARCHAR", "aws, azure or gcp."),
        Column("account", "VARCHAR", "The account, subscription or project."),
        Column("region", "VARCHAR", "The region, or global."),
        Column("type", "VARCHAR", "CloudFormation type, ARM type or GCP asset type."),
        Column("native_id", "VARCHAR", "The provider's id."),
        Column("arn", "VARCHAR", "The ARN, where there is one."),
        Column("name", "VARCHAR", "The name, where there is one."),
        Column("tags", "MAP(VARCHAR, VARCHAR)", "Tags or labels: tags['Env']."),
        Column("state", "VARCHAR", "The provider's word, or active."),
        Column("created_at", "TIMESTAMP", "When it was made, as far as known."),
        Column("owner", "VARCHAR", "From tags, else whoever made it."),
        Column("public", "BOOLEAN", "Whether anyone can reach or read it; NULL is unknown."),
        Column("encrypted", "BOOLEAN", "Whether it is encrypted at rest; NULL is unknown."),
        Column("size", "VARCHAR", "In the provider's words: t3.micro, 100 GiB."),
        Column("partial", "VARCHAR", "Why parts may be missing; NULL when whole."),
        Column("captured_at", "TIMESTAMP", "When the provider said so."),
        Column("version", "BIGINT", "Grows by one with each accepted capture."),
        Column("hash", "VARCHAR", "Equal when all facts are equal."),
        Column(
            "configuration", "JSON", "The provider's own shape: configuration->>'$.instanceType'."
        ),
        Column("relations", _RELATIONS, "Ties to other resources: unnest(relations)."),
    ),
)
CHANGES = Table(
    "changes",
    "The history: what was reported about each resource, and what it made different.",
    (
        Column("id", "VARCHAR", "The change's id."),
        Column("resource_id", "VARCHAR", "The id in resources."),
        Column("happened_at", "TIMESTAMP", "When it happened."),
        Column("source", "VARCHAR", "config, trail, state, sweep or feed."),
        Column("effect", "VARCHAR", "captured, created, edited or deleted."),
        Column("action", "VARCHAR", "The API call or notice, such as RunInstances."),
        Column("actor", "VARCHAR", "Who did it, where the trail says so."),
        Column("from_ip", "VARCHAR", "From which address."),
        Column("tool", "VARCHAR", "With which tool (the user agent)."),
        Column("event_id", "VARCHAR", "The provider's id of the report."),
        Column("paths", "VARCHAR[]", "JSON Pointers to what became different; none if large."),
    ),
)
RELATIONS = Table(
    "relations",
    "Ties between resources, one row each.",
    (
        Column("source_id", "VARCHAR", "The id in resources of where the tie begins."),
        Column("source_type", "VARCHAR", "Its type."),
        Column("kind", "VARCHAR", "The tie, as the provider words it."),
        Column("target_type", "VARCHAR", "The type of where it leads."),
        Column(
            "target_native_id", "VARCHAR", "The native id there: join with resources.native_id."
        ),
    ),
)
ACCOUNTS = Table(
    "accounts",
    "The accounts that resources are in.",
    (
        Column("provider", "VARCHAR", "aws, azure or gcp."),
        Column("account", "VARCHAR", "The account, subscription or project."),
        Column("resources", "BIGINT", "How many resources it has."),
        Column("types", "BIGINT", "Of how many types."),
        Column("regions", "BIGINT", "In how many regions."),
        Column("captured_at", "TIMESTAMP", "When anything of it was captured last."),
    ),
)

TABLES = (RESOURCES, CHANGES, RELATIONS, ACCOUNTS)
