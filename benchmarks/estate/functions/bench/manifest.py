"""One function that keeps what it is sent."""

from steward.manifest import Function, Queue, Table

FUNCTIONS = (
    Function(
        name="keep",
        handler="functions.bench.handlers.keep.handler",
        trigger=Queue(pattern={"source": ["bench"], "detail-type": ["Message"]}, bus="default"),
        uses=(Table("bench"),),
    ),
)
