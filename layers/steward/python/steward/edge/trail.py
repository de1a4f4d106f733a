"""Messages of the audit trail: the parts of one tenant go into one Work, in the order they came.

A part that cannot be taken returns with all after it, so that nothing overtakes; one that never can
be goes to the dead letters, where the job that looks for gaps still finds its commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from steward.edge.observe import count, traced
from steward.edge.resources import Resources, current
from steward.edge.session import Opening, Wire, run
from steward.errors import BadInput, Permanent, Transient
from steward.log import EdgeEvent, log_of
from steward.store.trail import open_part

D = TypeVar("D")
Parts = Sequence[dict[str, Any]]


class _Taken(NamedTuple):
    record: Mapping[str, Any]
    part: dict[str, Any]


def on_trail(
    check: Callable[[dict[str, Any]], None], *, wire: Wire[D]
) -> Callable[[Callable[[Parts, D], None]], Callable[[dict[str, Any], Any], dict[str, Any]]]:
    """Handle audit parts, a tenant's at a time; ``check`` refuses a malformed one with BadInput."""

    def decorate(
        handler: Callable[[Parts, D], None],
    ) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
        @wraps(handler)
        def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            del context
            resources = current()
            failed: list[str] = []
            with traced(resources.function.concern, function=resources.function.id):
                for tenant, records in groupby(sorted(event["Records"], key=_group), key=_group):
                    line = _Line(resources, tenant, check, lambda p, w: handler(p, wire(w)))
                    failed += line.handle(list(records))
            function = resources.function.id
            handled = len(event["Records"]) - len(failed)
            count({"Handled": handled, "Retried": len(failed)}, function=function)
            return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}

        return lambda_handler

    return decorate


class _Line:
    def __init__(
        self,
        resources: Resources,
        tenant: str,
        check: Callable[[dict[str, Any]], None],
        use: Callable[[Parts, Any], None],
    ) -> None:
        self._resources = resources
        self._opening = Opening(tenant, f"function:{resources.function.id}", "")
        self._check = check
        self._use = use

    def handle(self, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of the messages to come again."""
        taken: list[_Taken] = []
        for record in records:
            try:
                taken.append(_Taken(record, self._open(record)))
            except Permanent as error:
                # What came before it goes first, so that it keeps its place.
                if self._chain(taken) or not self._bury(record, error):
                    return _from(records, record if not taken else taken[0].record)
                taken = []
            except Exception as error:  # noqa: BLE001  # the edge alone catches broadly
                self._say(record, error)
                return self._chain(taken) or _from(records, record)
        if failed := self._chain(taken):
            return failed
        return []

    def _open(self, record: Mapping[str, Any]) -> dict[str, Any]:
        part = open_part(record["body"], self._resources.claims, tenant=self._opening.tenant)
        self._check(part)
        if part["tenant"] != self._opening.tenant:
            raise BadInput(
                f"audit part of tenant {str(part['tenant'])[:60]!r}: came in the line of "
                f"{self._opening.tenant!r}"
            )
        return part

    def _chain(self, taken: Sequence[_Taken]) -> list[str]:
        """Chain them in one Work; the ids of those that failed, with all after them."""
        if not taken:
            return []
        parts = [each.part for each in taken]
        try:
            run(self._resources, self._opening, lambda work: self._use(parts, work))
        except Permanent as error:
            return self._one_by_one(taken, error)
        except Exception as error:  # noqa: BLE001  # the edge alone catches broadly
            self._say(taken[0].record, error)
            return [str(each.record["messageId"]) for each in taken]
        return []

    def _one_by_one(self, taken: Sequence[_Taken], error: Permanent) -> list[str]:
        if len(taken) == 1:
            return [] if self._bury(taken[0].record, error) else [taken[0].record["messageId"]]
        for place, each in enumerate(taken):
            if self._chain([each]):
                return [str(rest.record["messageId"]) for rest in taken[place:]]
        return []

    def _bury(self, record: Mapping[str, Any], error: Permanent) -> bool:
        reason = {
            "function": self._resources.function.id,
            "error": error.code,
            "reason": str(error)[:1000],
            "message_id": str(record["messageId"]),
            "group": self._opening.tenant,
        }
        try:
            self._resources.dead_letters.send(record["body"], reason=reason)
        except Transient:
            return False
        log_of(self._resources.function.concern).error(
            EdgeEvent.MESSAGE_DEAD_LETTERED,
            function=reason["function"],
            message_id=reason["message_id"],
            code=error.code,
            reason=reason["reason"],
        )
        return True

    def _say(self, record: Mapping[str, Any], error: Exception) -> None:
        log_of(self._resources.function.concern).warning(
            EdgeEvent.MESSAGE_RETRIED,
            function=self._resources.function.id,
            message_id=record["messageId"],
            code=getattr(error, "code", type(error).__name__),
            reason=str(error)[:1000],
        )


def _group(record: Mapping[str, Any]) -> str:
    return str(record["attributes"]["MessageGroupId"])


def _from(records: Sequence[Mapping[str, Any]], first: Mapping[str, Any]) -> list[str]:
    place = records.index(first)
    return [str(record["messageId"]) for record in records[place:]]
