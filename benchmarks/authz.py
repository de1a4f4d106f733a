"""Authorisation of callers and things never seen before, against Cedar given its policy text each time.

Both sides decide the same questions by the same hundred policies, and must agree on each. The peer is
cedarpy as its documentation begins: policy text, entities and request in one call.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import cedarpy

from benchmarks.harness import (
    BenchmarkError,
    interleaved,
    percentile,
    result,
    rounded,
    versions_of,
)
from steward.identity import Caller, Grant, Role
from steward.identity.cedar import Book
from steward.identity.directory import Access, Policy
from steward.identity.items import Item
from steward.identity.permissions import permissions
from steward.identity.policies import built_in, check_policies, parents_of

POLICIES = 100
QUESTIONS = 1000
PEER_QUESTIONS = 150
PAGE = 50
P95 = 0.95
MILLISECONDS = 1000
SEED = 20_261_121
ENVIRONMENTS = ("production", "staging", "test", "")
GOAL_MS = 0.5


class CostQuestion(NamedTuple):
    """Whether a caller may use a permission on a thing."""

    caller: Caller
    permission: str
    item: Item


def run() -> dict[str, Any]:
    """The 95th percentile of decisions that no cache knows."""
    own = tuple(_policies(POLICIES - len(built_in())))
    check_policies(own)
    access = Access(version=1, policies=own)
    questions = list(_questions(QUESTIONS))
    _check_agreement(access, questions[:PEER_QUESTIONS])
    cold: list[list[float]] = []
    slow: list[list[float]] = []

    def ours() -> float:
        cold.append(_timed(_warm(access).allows, questions))
        return percentile(cold[-1], P95)

    def peer() -> float:
        slow.append(_timed(_ask_with_text(own), questions[:PEER_QUESTIONS]))
        return percentile(slow[-1], P95)

    runs = interleaved(ours, peer)
    # What a busy machine adds is not the decision's own.
    own_time = _timed(_warm(access).allows, questions, time.thread_time)
    their_time = _timed(_ask_with_text(own), questions[:PEER_QUESTIONS], time.thread_time)
    known = _warm(access)
    _timed(known.allows, questions)
    cached = _timed(known.allows, questions)
    return result(
        "authz",
        "ms a decision, 95th percentile",
        runs,
        more_is_better=False,
        versions=versions_of("cedarpy"),
        detail={
            "policies": POLICIES,
            "decisions": QUESTIONS,
            "decisions compared with the peer's": PEER_QUESTIONS,
            "goal": f"below {GOAL_MS} ms",
            "ours median": rounded(statistics.median(_all(cold))),
            "peer median": rounded(statistics.median(_all(slow))),
            "ours p95 of CPU time": rounded(percentile(own_time, P95)),
            "peer p95 of CPU time": rounded(percentile(their_time, P95)),
            "ours remembered, median": rounded(statistics.median(cached)),
            "ours remembered, p95": rounded(percentile(cached, P95)),
            f"ours a page of {PAGE}, median": rounded(statistics.median(_pages(access, questions))),
            "policies that can touch a permission, median": _touching(own),
        },
    ).as_dict()


def _policies(count: int) -> Iterator[Policy]:
    """A tenant's own policies: by environment and second factor, address, group and owner."""
    dice = random.Random(SEED)
    names = sorted(permissions())
    for number in range(count):
        scope = dice.choice(
            (
                f'action == Action::"{dice.choice(names)}"',
                f'action in [Action::"{dice.choice(names)}", Action::"{dice.choice(names)}"]',
                'action in Action::"finding:manage"',
                f'action in Action::"{dice.choice(list(Role)).value}"',
            )
        )
        condition = dice.choice(
            (
                f'resource.environment == "{dice.choice(ENVIRONMENTS)}{number}" && !context.mfa',
                f'context.ip.isInRange(ip("198.51.{number}.0/24"))',
                f'principal in Group::"group-{number}" && resource.owner == "team-{number}"',
                f'resource.projects.contains("project-{number}") && context.impersonated',
            )
        )
        effect = dice.choice(("forbid", "forbid", "permit"))
        text = f"{effect} (principal, {scope}, resource) when {{ {condition} }};"
        yield Policy(id=f"own-{number}", text=text)


def _questions(count: int) -> Iterator[CostQuestion]:
    """As many callers and things, none twice."""
    dice = random.Random(SEED + 1)
    names = sorted(permissions())
    for number in range(count):
        permission = dice.choice((*names, "finding:view", "finding:waive", "resource:view"))
        grants = (
            Grant(role=dice.choice(list(Role))),
            Grant(role=Role.EDITOR, project=f"project-{dice.randrange(9)}"),
        )
        caller = Caller(
            id=f"user:{number:08x}",
            tenant="acme",
            grants=grants,
            groups=tuple(f"group-{dice.randrange(99)}" for _ in range(5)),
            mfa=dice.random() < 1 / 2,
            ip=f"198.51.{dice.randrange(99)}.{dice.randrange(255)}",
        )
        item = Item(
            permission.partition(":")[0],
            "acme",
            f"thing-{number}",
            f"aws/{dice.randrange(99)}",
            f"{dice.choice(ENVIRONMENTS)}{dice.randrange(99)}",
            f"team-{dice.randrange(99)}",
            (f"project-{dice.randrange(9)}",),
        )
        yield CostQuestion(caller, permission, item)


def _warm(access: Access) -> Book:
    """A book whose policies are compiled and whose decisions are all still to be made."""
    book = Book(access)
    stranger = Caller(id="user:warm-up", tenant="acme")
    for permission in permissions():
        book.allows(stranger, permission, Item(permission.partition(":")[0], "acme"))
    return book


def _timed(
    ask: Callable[..., object],
    questions: Sequence[CostQuestion],
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    took = []
    for question in questions:
        started = clock()
        ask(*question)
        took.append((clock() - started) * MILLISECONDS)
    return took


def _ask_with_text(own: Sequence[Policy]) -> Callable[[Caller, str, Item], bool]:
    texts = [(parsed.id, parsed.text) for parsed in built_in()]
    texts += [(policy.id, policy.text) for policy in own]
    text = "\n".join(f'@id("{id_}")\n{policy}' for id_, policy in texts)

    def ask(caller: Caller, permission: str, item: Item) -> bool:
        request = {
            "principal": _uid("Caller", caller.id),
            "action": _uid("Action", permission),
            "resource": _uid("Item", item.id),
            "context": {
                "mfa": caller.mfa,
                "ip": {"__extn": {"fn": "ip", "arg": caller.ip}},
                "elevated": caller.elevated,
                "impersonated": bool(caller.on_behalf_of),
            },
        }
        return cedarpy.is_authorized(request, text, _entities(caller, permission, item)).allowed

    return ask


def _entities(caller: Caller, permission: str, item: Item) -> str:
    roles = [_uid("Role", grant.role.value) for grant in caller.grants if grant.project is None]
    groups = [_uid("Group", group) for group in caller.groups]
    held: dict[str, list[str]] = {}
    for grant in caller.grants:
        if grant.project is not None:
            held.setdefault(grant.role.value, []).append(grant.project)
    attributes = {"tenant": caller.tenant, "kind": caller.kind, **held}
    parents = [_uid("Action", parent) for parent in parents_of(permission)]
    return json.dumps(
        [
            {"uid": _uid("Caller", caller.id), "attrs": attributes, "parents": roles + groups},
            {
                "uid": _uid("Item", item.id),
                "attrs": {**item._asdict(), "projects": list(item.projects)},
                "parents": [],
            },
            {"uid": _uid("Action", permission), "attrs": {}, "parents": parents},
        ]
    )


def _uid(kind: str, id_: str) -> dict[str, str]:
    return {"type": kind, "id": id_}


def _check_agreement(access: Access, questions: Sequence[CostQuestion]) -> None:
    book, peer = Book(access), _ask_with_text(access.policies)
    decided = [(book.allows(*question), peer(*question)) for question in questions]
    for question, (ours, theirs) in zip(questions, decided, strict=True):
        if ours != theirs:
            raise BenchmarkError(f"{question}: ours says {ours}, the peer {theirs}")
    if len(set(decided)) == 1:
        raise BenchmarkError(
            f"all {len(questions)} decisions are {decided[0][0]}: nothing is shown"
        )


def _pages(access: Access, questions: Sequence[CostQuestion]) -> Iterator[float]:
    """Milliseconds for pages of things that one caller has not seen."""
    book = _warm(access)
    for start in range(0, QUESTIONS - PAGE, PAGE):
        page = questions[start : start + PAGE]
        items = [question.item._replace(noun="finding") for question in page]
        started = time.perf_counter()
        book.allows_each(page[0].caller, "finding:view", items)
        yield (time.perf_counter() - started) * MILLISECONDS


def _touching(own: Sequence[Policy]) -> float:
    parsed = (*built_in(), *check_policies(own))
    counts = [sum(name in policy.actions for policy in parsed) for name in permissions()]
    return statistics.median(counts)


def _all(runs: Sequence[Sequence[float]]) -> list[float]:
    return [took for each in runs for took in each]
