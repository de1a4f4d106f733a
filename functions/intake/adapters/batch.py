"""The notices of a delivery, each in a Work of its own, all in one call to the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from functions.intake.model.notice import Notice, Outcome, Result, name_of, read
from steward.edge.resources import Resources, current
from steward.edge.session import Opening, commit_all, open_work, retryable, run
from steward.errors import Permanent, Transient
from steward.store.records import AlreadyProcessed, Refusal, Transaction
from steward.store.work import Cause, Work

Use = Callable[[Notice, Work], bool]


class _Staged(NamedTuple):
    place: int
    opening: Opening
    notice: Notice
    told: bool
    transaction: Transaction


class Batch:
    """One delivery of a sender; ``use`` decides about a notice and answers whether others were told."""

    def __init__(self, *, tenant: str, actor: str, use: Use) -> None:
        self._tenant = tenant
        self._actor = actor
        self._use = use

    def take(self, items: Sequence[Any]) -> tuple[Result, ...]:
        """What became of each, in their order."""
        resources = current()
        results: dict[int, Result] = {}
        staged: list[_Staged] = []
        for place, item in enumerate(items):
            found = self._stage(place, item, resources)
            if isinstance(found, Result):
                results[place] = found
            else:
                staged.append(found)
        self._commit(staged, results, resources)
        return tuple(results[place] for place in range(len(items)))

    def _stage(self, place: int, item: Any, resources: Resources) -> _Staged | Result:
        try:
            notice = read(item)
            opening = self._opening(notice)
            work = open_work(resources, opening)
            told = self._use(notice, work)
            transaction = work.stage()
        except Permanent as error:
            return Result(id=name_of(item), outcome=Outcome.REFUSED, reason=str(error)[:500])
        except Transient as error:
            return Result(id=name_of(item), outcome=Outcome.RETRY, reason=str(error)[:500])
        if transaction is None:
            raise RuntimeError("a notice was neither told nor held")
        return _Staged(place, opening, notice, told, transaction)

    def _opening(self, notice: Notice) -> Opening:
        cause = Cause(f"intake:{notice.provider}:{notice.account}", notice.id)
        return Opening(self._tenant, self._actor, "", cause=cause)

    def _commit(
        self, staged: Sequence[_Staged], results: dict[int, Result], resources: Resources
    ) -> None:
        outcomes = commit_all(resources, [one.transaction for one in staged]) if staged else []
        for one, refusal in zip(staged, outcomes, strict=True):
            results[one.place] = self._result(one, refusal, resources)

    def _result(self, one: _Staged, refusal: Refusal | None, resources: Resources) -> Result:
        if refusal is None:
            outcome = Outcome.ACCEPTED if one.told else Outcome.HELD
        elif retryable(refusal):
            outcome = self._anew(one, resources)
        else:
            outcome = Outcome.REPEATED
        return Result(id=one.notice.id, outcome=outcome)

    def _anew(self, one: _Staged, resources: Resources) -> Outcome:
        try:
            told = run(resources, one.opening, lambda work: self._use(one.notice, work))
        except AlreadyProcessed:
            return Outcome.REPEATED
        except Transient:
            return Outcome.RETRY
        return Outcome.ACCEPTED if told else Outcome.HELD
