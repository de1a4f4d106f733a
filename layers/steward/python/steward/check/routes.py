"""Rules over HTTP routes: each takes a permission of the catalogue, or says why it takes none."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from steward.check.problem import Problem
from steward.check.repository import Repository
from steward.edge.http import Api
from steward.identity import Role
from steward.identity.permissions import VIEW, matrix, roles_of
from steward.manifest import Function, Routes

_INTRODUCTION = """# Permissions

Written by `make generate` from `steward.identity.permissions` and the routes; do not edit.
`manage` of a noun implies every other verb of it. A role counts in the whole tenant, or in one project
for what belongs to it. A tenant's own policies may permit more, and forbid anything: see
[the runbook of access](runbooks/access.md). `steward auth explain` says why a decision came out as it did."""

_SINGLY = """## Decided thing by thing

Of these nouns each thing is decided by itself where a role holds in a project alone or a policy looks at
the thing: lists leave out what the caller may not see, so a page may be shorter than its limit, even empty,
and still have a cursor. What is hidden answers like what is not there. Things of other nouns belong to no
project, and only roles that hold in the whole tenant reach them."""


def problems(repository: Repository) -> Iterator[Problem]:
    """Every route that nobody says the permission of, or that its manifest does not lead to."""
    for function in repository.functions:
        if isinstance(function.trigger, Routes):
            yield from _problems(function, function.trigger)


def _problems(function: Function, trigger: Routes) -> Iterator[Problem]:
    api = _api(function)
    if api is None:
        if not trigger.public:
            rule = "is not of steward.edge.http.Api, so nothing asks who calls; build it with one"
            yield Problem(function.id, "handler", rule)
        elif not trigger.because.strip():
            rule = "public routes ask nobody who they are; say in 'because' what makes that right"
            yield Problem(function.id, "trigger", rule)
        return
    for method, path in api.mounted:
        if (method, path) not in api.permissions and (method, path) not in api.public:
            rule = "declares no permission; use api.get, .post, .put, .delete or .open_to_all"
            yield Problem(function.id, f"{method} {path}", rule)
        if (method, path) in api.shared and not function.works_for_system:
            rule = "works for the system tenant, which its function may not; say system=True there"
            yield Problem(function.id, f"{method} {path}", rule)
        if not any(path == root or path.startswith(f"{root}/") for root in trigger.paths):
            rule = f"is below none of the manifest's paths {', '.join(trigger.paths)}; add its path"
            yield Problem(function.id, f"{method} {path}", rule)


def page(repository: Repository) -> str:
    """The catalogue of permissions, what they are held by and what they open, as Markdown."""
    apis = [api for function in repository.functions if (api := _api(function)) is not None]
    roles = [role.value for role in Role]
    lines = [_INTRODUCTION, "", _row(["permission", *roles]), _rule(1 + len(roles))]
    lines += [_row([f"`{row['permission']}`", *(row[role] for role in roles)]) for row in matrix()]
    needs = (need for api in apis for need in api.needs.values() if need.single)
    singly = sorted({need.noun for need in needs if need.permission == f"{need.noun}:{VIEW}"})
    lines += ["", _SINGLY, "", *(f"- `{noun}`" for noun in singly)]
    lines += ["", "## Routes", "", _row(["route", "permission", "roles"]), _rule(3)]
    lines += sorted(line for api in apis for line in _routes(api))
    return "\n".join(lines) + "\n"


def _routes(api: Api[Any]) -> Iterator[str]:
    for (method, path), permission in api.permissions.items():
        held = ", ".join(role.value for role in roles_of(permission))
        yield _row([f"`{path}` {method}", f"`{permission}`", held])
    for (method, path), because in api.public.items():
        yield _row([f"`{path}` {method}", "none", f"everyone: {because}"])


def _api(function: Function) -> Api[Any] | None:
    """The API whose handler the function is; None where it is something else."""
    if not isinstance(function.trigger, Routes):
        return None
    module_name, _, attribute = function.handler.rpartition(".")
    module = importlib.import_module(module_name)
    api = getattr(module, "api", None)
    return api if isinstance(api, Api) and getattr(module, attribute, None) == api.handler else None


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns
