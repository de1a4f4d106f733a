"""The pages of a row's listing, through however many levels of parents, from any page on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from functions.inventory.adapters.discovery.boto import paginators
from functions.inventory.adapters.discovery.shapes import Shapes
from functions.inventory.model.catalogue import Listing, Row
from functions.inventory.model.discovery import Call, Kind, Problem, Refused
from functions.inventory.model.paths import each, getter
from functions.inventory.model.templates import filled, told
from functions.inventory.ports import Cloud

Token = Mapping[str, Any]
_INSTEAD = "@instead"
"""Marks a token as one of the lesser listing's; no parameter of AWS has such a name."""
_REPEATED = (
    Kind.REPEATED,
    "RepeatedToken",
    "the answer names its own token as the next one; more could not be asked for",
)
_CUT = (
    Kind.CUT,
    "NoToken",
    "the answer says that there is more and not how to ask for it",
)
_GONE = ("NotFound", "NoSuch", "DoesNotExist", "NotExist")


ASKED: Final = 128
"""Calls about single resources that are made before a page is left off, if it has more resources."""
AT_ONCE: Final = 8
"""Resources that are asked about at the same time, however many calls each takes."""


class Step(NamedTuple):
    """Where one level of a listing stands: the token of its page, and by key what it stands after.

    For a level of parents that is the parent whose children are being listed.
    """

    token: Token | None = None
    key: str = ""


Place = tuple[Step, ...]
"""The steps of all levels, parents first; a shorter place stands after the last step's parent."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer's resources, normalised but bare; ``place`` is where the next page begins."""

    items: list[dict[str, Any]] = field(default_factory=list)
    context: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Lister:
    """Lists what a row says in one region."""

    cloud: Cloud
    shapes: Callable[[str], Shapes]
    region: str
    context: Mapping[str, Any]

    def pages(self, levels: Sequence[Row], place: Place) -> Iterator[Page]:
        """The pages of the last level's rows, for each of what the levels above list."""
        yield from self._walk(tuple(levels), place, self.context)

    def _walk(
        self, levels: Sequence[Row], place: Place, context: Mapping[str, Any]
    ) -> Iterator[Page]:
        if len(levels) == 1:
            yield from self._own(levels[0], place[0] if place else Step(), context)
            return
        yield from self._children(levels, place, context)

    def _own(self, row: Row, at: Step, context: Mapping[str, Any]) -> Iterator[Page]:
        for items, following, problems in self.answers(row, at.token, context):
            *pieces, last = _pieces(row, items, at.key, context)
            for piece in pieces:
                here = Step(at.token, _key(row, piece[-1], context))
                yield Page(piece, context, problems, (here,))
            place = (Step(following),) if following else None
            yield Page(last, context, problems, place)
            at = Step(following)

    def _children(
        self, levels: Sequence[Row], place: Place, context: Mapping[str, Any]
    ) -> Iterator[Page]:
        row = levels[0]
        token = place[0].token if place else None
        for items, following, problems in self.answers(row, token, context):
            if problems:
                yield Page(context=context, problems=problems, place=(Step(token),))
            for parent, rest in _from(items, place, key=getter(row.id)):
                here = Step(token, str(getter(row.id)(parent)))
                inner = {**context, "parent": {**parent, "parent": context.get("parent", {})}}
                for page in self._child(levels[1:], rest, inner):
                    yield _below(page, here)
            token, place = following, ()

    def _child(
        self, levels: Sequence[Row], place: Place, context: Mapping[str, Any]
    ) -> Iterator[Page]:
        try:
            yield from self._walk(levels, place, context)
        except Refused as error:
            # A parent deleted since it was listed took its children with it.
            gone = any(word in error.problem.code for word in _GONE)
            problem = error.problem.model_copy(update={"hides": not gone})
            yield Page(context=context, problems=(problem,))

    def answers(
        self, row: Row, token: Token | None, context: Mapping[str, Any]
    ) -> Iterator[tuple[list[dict[str, Any]], Token | None, tuple[Problem, ...]]]:
        """The resources of each answer, the token of the next one, and what was odd."""
        if row.instead is not None and token is not None and _INSTEAD in token:
            yield from self._answers(row, row.instead, token, context)
            return
        try:
            yield from self._answers(row, row.listing, token, context)
        except Refused as error:
            if row.instead is None or token is not None or error.problem.kind is not Kind.DENIED:
                raise
            lesser = error.problem.model_copy(update={"hides": False})
            for items, following, problems in self._answers(row, row.instead, None, context):
                yield items, following, (lesser, *problems)

    def _answers(
        self, row: Row, listing: Listing, token: Token | None, context: Mapping[str, Any]
    ) -> Iterator[tuple[list[dict[str, Any]], Token | None, tuple[Problem, ...]]]:
        while True:
            answer = self._ask(row, listing, token, context)
            items = list(self._items(row.service, listing, answer))
            following = next_token(row.service, listing, answer)
            if following is not None and listing is row.instead:
                following = {**following, _INSTEAD: True}
            if following is not None and following == token:
                yield items, None, (self._odd(row, listing, *_REPEATED),)
                return
            if following is None:
                cut = more_than(row.service, listing, answer)
                yield items, None, (self._odd(row, listing, *_CUT),) if cut else ()
                return
            yield items, following, ()
            token = following

    def _ask(
        self, row: Row, listing: Listing, token: Token | None, context: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        going_on = {name: value for name, value in (token or {}).items() if name != _INSTEAD}
        parameters = {**filled(listing.send, context), **going_on}
        try:
            return self.cloud.ask(Call(row.service, self.region, listing.call, parameters))
        except Refused as error:
            if error.problem.code in listing.none:
                return {}
            raise

    def _items(self, service: str, listing: Listing, answer: Mapping[str, Any]) -> Iterator[Any]:
        convert = self.shapes(service).converter(listing.call, listing.items)
        for item in each(listing.items, answer):
            made = convert(item)
            yield made if isinstance(made, dict) else {listing.named or "value": made}

    def _odd(self, row: Row, listing: Listing, kind: Kind, code: str, message: str) -> Problem:
        return Problem(
            kind=kind,
            service=row.service,
            region=self.region,
            type=row.type,
            operation=listing.call,
            code=code,
            message=message,
        )


def _pieces(
    row: Row, items: list[dict[str, Any]], after: str, context: Mapping[str, Any]
) -> list[list[dict[str, Any]]]:
    """A page's resources after one of them, as many at a time as can be asked about in one go.

    All of them when that one is gone; and in one piece when nothing tells them apart before they are.
    """
    if not (row.single or after):
        return [items]
    keys = [_key(row, item, context) for item in items]
    rest = items[keys.index(after) + 1 :] if after and after in keys else items
    size = max(AT_ONCE, ASKED // max(1, row.single))
    if not row.single or len(rest) <= size or "" in keys or len(set(keys)) < len(keys):
        return [rest]
    return [rest[start : start + size] for start in range(0, len(rest), size)]


def _key(row: Row, item: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    return told(row.id, {**item, **context}) or ""


def next_token(service: str, listing: Listing, answer: Mapping[str, Any]) -> Token | None:
    """The parameters that the next page is asked for with; None after the last one."""
    if more_than(service, listing, answer) is False:
        return None
    if listing.tokens is not None:
        found = getter(listing.tokens.out)(answer)
        value = found[-1] if isinstance(found, list) and found else found
        return {listing.tokens.into: value} if value else None
    rule = paginators(service).get(listing.call)
    return None if rule is None else _token(rule, answer)


def more_than(service: str, listing: Listing, answer: Mapping[str, Any]) -> bool | None:
    """Whether there is more than this answer, by its own word; None when it has none for it."""
    if listing.tokens is not None:
        more = listing.tokens.more
    else:
        more = paginators(service).get(listing.call, {}).get("more_results", "")
    return bool(getter(more)(answer)) if more else None


def _token(rule: Mapping[str, Any], answer: Mapping[str, Any]) -> Token | None:
    outs, ins = _listed(rule["output_token"]), _listed(rule["input_token"])
    values = [_first(out, answer) for out in outs]
    token = {name: value for name, value in zip(ins, values, strict=True) if value}
    return token or None


def _first(out: str, answer: Mapping[str, Any]) -> Any:
    # A few of botocore's rules are expressions: 'NextMarker || Contents[-1].Key'.
    for alternative in out.split("||"):
        path, last, member = alternative.strip().partition("[-1].")
        value = getter(path)(answer)
        if last:
            value = getter(member)(value[-1]) if value else None
        if value:
            return value
    return None


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _from(
    items: list[dict[str, Any]], place: Place, *, key: Callable[[Any], Any]
) -> Iterator[tuple[dict[str, Any], Place]]:
    """The parents from a place on; all of them when the place's own is gone."""
    wanted = place[0].key if place else ""
    keys = [str(key(item)) for item in items]
    if not wanted or wanted not in keys:
        yield from ((item, ()) for item in items)
        return
    start = keys.index(wanted)
    if len(place) > 1:
        yield items[start], place[1:]
    yield from ((item, ()) for item in items[start + 1 :])


def _below(page: Page, here: Step) -> Page:
    return Page(page.items, page.context, page.problems, (here, *(page.place or ())))
