"""The public door's functions: one that anybody may call, and one that manages who is let in."""

from __future__ import annotations

from steward.manifest import EXPORTS, WALKS, Access, Function, Routes, Secret, Table, errands

SOURCES = "sources"

FUNCTIONS = (
    Function(
        name="receive",
        handler="functions.hooks.handlers.receive.handler",
        trigger=Routes(
            "/hooks",
            api="rest",
            public=True,
            because="a sender proves itself by its signature over the message",
        ),
        uses=(Table("hooks"), Secret(SOURCES, family=True)),
        publishes=(
            "hooks.github.received.v1",
            "hooks.gitlab.received.v1",
            "hooks.slack.received.v1",
            "hooks.webhook.received.v1",
        ),
        # Slack gives up after three seconds.
        timeout=10,
    ),
    Function(
        name="hooks-api",
        handler="functions.hooks.handlers.sources.handler",
        trigger=Routes("/api/v1/hooks/sources"),
        uses=(Table("hooks"), Secret(SOURCES, Access.READ_WRITE, family=True)),
    ),
    Function(
        name="walk-data",
        handler="functions.hooks.handlers.walk_data.handler",
        trigger=errands("hooks"),
        uses=(Table("hooks"), Secret(SOURCES, Access.READ_WRITE, family=True), EXPORTS),
        publishes=WALKS,
        timeout=60,
    ),
)
