"""One function that keeps what it is sent: the estate that the embedded runtime is measured with."""

from steward.manifest import Function, Queue, Table

FUNCTIONS = (
    Function(
        name="keep",
        handler="functions.bench.handlers.keep.handler",
        trigger=Queue(events=("bench.message.sent.v1",)),
        uses=(Table("bench"),),
        publishes=("bench.message.sent.v1",),
    ),
)
