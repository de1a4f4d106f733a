"""In a fresh process: the CPU of importing the function that judges, of its first change and its next.

Run as a program; the store is a dictionary, so that what is measured is Steward's own code alone.
"""

import json
import time
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

NOW = "2026-03-01T12:00:00Z"
SHUT = {
    "blockPublicAcls": True,
    "ignorePublicAcls": True,
    "blockPublicPolicy": False,
    "restrictPublicBuckets": True,
}


class _Nothing:
    """A database, directory and dead letters in which nothing stands and that keep nothing."""

    def of(self, _tenant: str) -> "_Nothing":
        return self

    def get(self, *_: Any, **__: Any) -> None:
        return None

    def commit(self, transactions: Any) -> list[None]:
        return [None for _ in transactions]

    def send(self, body: str, *, reason: Any) -> None:
        raise RuntimeError(f"{reason}: {body}")


def _message(number: int) -> dict[str, Any]:
    resource = {
        "id": f"r{number}",
        "provider": "aws",
        "account": "111122223333",
        "region": "eu-west-1",
        "type": "AWS::S3::Bucket",
        "native_id": f"bucket-{number}",
        "name": f"bucket-{number}",
        "state": "active",
        "captured_at": NOW,
        "version": 1,
        "configuration": {"supplementary": {"PublicAccessBlockConfiguration": SHUT}},
    }
    detail = {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "steward.inventory",
        "type": "inventory.resource.discovered.v1",
        "subject": f"r{number}",
        "time": NOW,
        "tenantid": "acme",
        "correlationid": "benchmark",
        "causationid": "",
        "sequence": "000000",
        "data": {"resource": resource, "change_id": f"c{number}"},
    }
    return {
        "messageId": f"m{number}",
        "body": json.dumps({"detail": detail}),
        "attributes": {"ApproximateReceiveCount": "1"},
    }


def _judge(handler: Any, number: int) -> float:
    event = {"Records": [_message(number)]}
    began = time.process_time()
    answer = handler(event, None)
    taken = time.process_time() - began
    if answer != {"batchItemFailures": []}:
        raise RuntimeError(str(answer))
    return taken


def _main() -> None:
    began = time.process_time()
    from functions.policy.handlers.evaluate_change import handler

    imported = time.process_time() - began
    with redirect_stdout(StringIO()):  # its log
        first, then = _changes(handler)
    print(json.dumps({"import": imported, "first change": first, "next change": then}))


def _changes(handler: Any) -> list[float]:
    from functions.policy.manifest import FUNCTIONS
    from steward.edge.resources import Directory, Resources, bind, utc_now

    nothing: Any = _Nothing()
    resources = Resources(
        function=next(each for each in FUNCTIONS if each.name == "evaluate-change"),
        store=nothing,
        claims=nothing,
        secrets=nothing,
        buckets=nothing,
        dead_letters=nothing,
        directory=Directory(nothing, utc_now),
        limiter=nothing,
        armour=nothing,
    )
    with bind(resources):
        return [_judge(handler, number) for number in (1, 2)]


if __name__ == "__main__":
    _main()
