"""What further calls say about the resources of a page: descriptions, supplements and tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from functions.inventory.adapters.discovery.shapes import Shapes
from functions.inventory.model.catalogue import Detail, Row
from functions.inventory.model.discovery import Call, Interrupted, Kind, Problem, Refused
from functions.inventory.model.paths import each, getter
from functions.inventory.model.reshape import reshaped
from functions.inventory.model.templates import filled, told
from functions.inventory.model.view import tags_of, verdict
from functions.inventory.ports import Cloud

TAGGING = "tagging"
_TAGGING = Detail(
    call="GetResources",
    send={"ResourceARNList": "{batch}"},
    take="ResourceTagMappingList[]",
    batch=100,
    of="@arn",
    key="resourceARN",
    value="tags",
)
T = TypeVar("T")
R = TypeVar("R")
_SERVICES = {TAGGING: "resourcegroupstaggingapi"}


@dataclass(slots=True)
class Draft:
    """A resource in the making: what was listed, what was added, and what could not be."""

    item: dict[str, Any]
    region: str
    tags: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def lack(self, call: str, problem: Problem) -> None:
        """Note what a call failed to say."""
        self.missing.append(f"{call}: {problem.kind.value} ({problem.code})")


@dataclass(frozen=True, slots=True)
class Details:
    """Asks what a row wants to know beyond its listing."""

    cloud: Cloud
    shapes: Callable[[str], Shapes]
    row: Row
    context: Mapping[str, Any]
    pool: Executor | None = None

    def complete(self, drafts: Sequence[Draft]) -> None:
        """Add to each draft what there is to know.

        Raises:
            Interrupted: a call that may work later did not; the page is to be taken up again.
        """
        for detail in self.row.describe:
            self._all(detail, drafts, _describe)
        self._locate(drafts)
        for name, detail in self.row.extra.items():
            self._all(detail, drafts, _supplement(name))
        self._tag(drafts)

    def _locate(self, drafts: Sequence[Draft]) -> None:
        if self.row.region:
            for draft in drafts:
                draft.region = getter(self.row.region)(draft.item) or draft.region

    def known(self, draft: Draft) -> dict[str, Any]:
        """What templates may name of a draft."""
        context = {**self.context, "region": draft.region}
        whole = {**draft.item, **context, "item": draft.item}
        return {**whole, "@arn": told(self.row.arn, whole)}

    def _tag(self, drafts: Sequence[Draft]) -> None:
        detail = _TAGGING if self.row.tags == TAGGING else self.row.tag_call
        if detail is not None:
            rest = self._untold(drafts) if detail.tagging else drafts
            self._all(detail, rest, _tags)
        elif self.row.tags:
            for draft in drafts:
                draft.tags = tags_of(getter(self.row.tags)(draft.item))

    def _untold(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Those whose tags the tagging API could not be asked for; it leaves out what never had any."""
        untold = self._each(self._tagged, [*_by_region(drafts)])
        return [draft for batch in untold for draft in batch]

    def _tagged(self, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """Give drafts of one region their tags; those that nothing was told of."""
        arns = [self._key(_TAGGING, draft) for draft in drafts]
        batch = [arn for arn in arns if arn]
        if not batch:
            return drafts
        found, problem = self._try(_TAGGING, {**self.context, "batch": batch}, drafts[0].region)
        if problem is not None:
            return drafts
        by_arn = {one["resourceARN"]: one.get("tags") for one in found}
        for arn, draft in zip(arns, drafts, strict=True):
            _tags(draft, by_arn.get(arn))
        return [draft for arn, draft in zip(arns, drafts, strict=True) if not arn]

    def _all(self, detail: Detail, drafts: Sequence[Draft], use: Use) -> None:
        wanted = [draft for draft in drafts if verdict(detail.when, draft.item) is not False]
        if detail.batch:
            batches = [*_chunks(wanted, detail.batch)]
            self._each(lambda batch: self._batch(detail, batch, use), batches)
        else:
            self._each(lambda draft: self._single(detail, draft, use), wanted)

    def _each(self, ask: Callable[[T], R], among: Sequence[T]) -> list[R]:
        """Ask about each, several at a time where that may be."""
        if self.pool is None or len(among) < 2:  # noqa: PLR2004  # one alone need not wait for a thread
            return [ask(one) for one in among]
        return list(self.pool.map(ask, among))

    def _single(self, detail: Detail, draft: Draft, use: Use) -> None:
        found, problem = self._try(detail, self.known(draft), draft.region)
        if problem is None:
            use(draft, _valued(detail, found[0] if found else None))
        elif problem.code in detail.none:
            use(draft, detail.empty)
        else:
            draft.lack(detail.call, problem)

    def _batch(self, detail: Detail, drafts: Sequence[Draft], use: Use) -> None:
        keys = [self._key(detail, draft) for draft in drafts]
        batch = [key for key in keys if key]
        if not batch:
            return
        known = {**self.context, "batch": batch}
        found, problem = self._try(detail, known, drafts[0].region)
        by_key = {str(getter(detail.key)(one)): one for one in found}
        for key, draft in zip(keys, drafts, strict=True):
            if problem is not None:
                draft.lack(detail.call, problem)
            elif (one := by_key.get(key)) is not None:
                use(draft, _valued(detail, one))
            elif use is _describe:
                draft.missing.append(f"{detail.call}: says nothing about it")

    def _key(self, detail: Detail, draft: Draft) -> str:
        return told(detail.of or self.row.id, self.known(draft)) or ""

    def _try(
        self, detail: Detail, known: Mapping[str, Any], region: str
    ) -> tuple[list[Any], Problem | None]:
        service = _SERVICES[TAGGING] if detail is _TAGGING else self.row.service
        call = Call(service, region, detail.call, filled(detail.send, known))
        try:
            answers = list(self._answers(call))
        except Refused as error:
            return [], error.problem
        except Interrupted as error:
            # One call that is out of order must not hold up everything else there is.
            if error.problem.kind is not Kind.BROKEN:
                raise
            return [], error.problem
        convert = self.shapes(service).converter(detail.call, detail.take)
        found = [
            reshaped(detail.reshape, convert(one))
            for answer in answers
            for one in each(detail.take, answer)
        ]
        return (found, None) if detail.then is None else self._further(detail.then, found, call)

    def _answers(self, call: Call) -> Iterator[Mapping[str, Any]]:
        """The answer to a call; the tagging API may give it in pages, by a token alone."""
        answer = self.cloud.ask(call)
        yield answer
        while call.service == _SERVICES[TAGGING] and (token := answer.get("PaginationToken")):
            answer = self.cloud.ask(call._replace(parameters={"PaginationToken": token}))
            yield answer

    def _further(
        self, detail: Detail, found: list[Any], call: Call
    ) -> tuple[list[Any], Problem | None]:
        """The same with what a further call says about each; all or nothing."""
        for each_ in found:
            for one in each_ if isinstance(each_, list) else [each_]:
                more, problem = self._try(detail, {**self.context, **one}, call.region)
                if problem is not None:
                    return [], problem
                one.update(more[0] if more else {})
        return found, None


Use = Callable[[Draft, Any], None]


def _describe(draft: Draft, found: Any) -> None:
    if isinstance(found, dict):
        draft.item = {**draft.item, **found}


def _tags(draft: Draft, found: Any) -> None:
    draft.tags = tags_of(found)


def _supplement(name: str) -> Use:
    def use(draft: Draft, found: Any) -> None:
        if found is not None:
            draft.item.setdefault("supplementary", {})[name] = found

    return use


def _valued(detail: Detail, found: Any) -> Any:
    return getter(detail.value)(found) if detail.value else found


def _by_region(drafts: Sequence[Draft]) -> Iterator[Sequence[Draft]]:
    for region in dict.fromkeys(draft.region for draft in drafts):
        there = [draft for draft in drafts if draft.region == region]
        yield from _chunks(there, _TAGGING.batch)


def _chunks(drafts: Sequence[Draft], size: int) -> Iterator[Sequence[Draft]]:
    for start in range(0, len(drafts), size):
        yield drafts[start : start + size]
