"""A concern that exists for the tests of the embedded runtime."""

from __future__ import annotations

from steward.manifest import Function, Queue, Routes, Schedule, Table

_TABLE = Table("sample")

FUNCTIONS = (
    Function(
        name="take",
        handler="functions.sample.handlers.take.handler",
        trigger=Queue(pattern={"source": ["sample.raw"]}, bus="default"),
        uses=(_TABLE,),
        publishes=("sample.thing.happened.v1",),
    ),
    Function(
        name="record",
        handler="functions.sample.handlers.record.handler",
        trigger=Queue(events=("sample.thing.happened.v1",)),
        uses=(_TABLE,),
    ),
    Function(
        name="count",
        handler="functions.sample.handlers.count.handler",
        trigger=Queue(pattern={"source": ["sample.count"]}, bus="default"),
        uses=(_TABLE,),
    ),
    Function(
        name="misbehave",
        handler="functions.sample.handlers.misbehave.handler",
        trigger=Queue(pattern={"source": ["sample.trouble"]}, bus="default", max_receives=2),
        uses=(_TABLE,),
        timeout=1,
        memory=128,
    ),
    Function(
        name="things",
        handler="functions.sample.handlers.things.handler",
        trigger=Routes("/api/v1/sample/things"),
        uses=(_TABLE,),
        publishes=("sample.thing.happened.v1",),
    ),
    Function(
        name="hook",
        handler="functions.sample.handlers.hook.handler",
        trigger=Routes("/hooks/sample", api="rest", public=True),
        uses=(_TABLE,),
    ),
    Function(
        name="tick",
        handler="functions.sample.handlers.tick.handler",
        trigger=Schedule("rate(1 second)"),
        uses=(_TABLE,),
    ),
)
