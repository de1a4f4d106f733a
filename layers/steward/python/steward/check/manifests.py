"""Rules over all manifests and the code they name; nothing here imports a handler."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from steward import patterns
from steward.check.problem import Problem
from steward.check.repository import Repository
from steward.manifest import Function, Objects, Queue

HANDLER_LINES = 25
README_LINES = 25


def problems(repository: Repository) -> Iterator[Problem]:
    """Every broken rule of a manifest, a handler, a README or a runbook."""
    for function in repository.functions:
        yield from _handler(repository, function)
        yield from _pattern(function)
        yield from _producers(repository, function)
    for concern in repository.concerns:
        yield from _readme(repository, concern)
        yield from _runbook(repository, concern)
        yield from _long_handlers(repository, concern)


def _handler(repository: Repository, function: Function) -> Iterator[Problem]:
    module, _, attribute = function.handler.rpartition(".")
    path = repository.root.joinpath(*module.split(".")).with_suffix(".py")
    if not path.is_file():
        yield Problem(function.id, "handler", f"{repository.shown(path)} does not exist; add it")
    elif attribute not in _names(ast.parse(path.read_text("utf-8"))):
        rule = f"{repository.shown(path)} defines no {attribute!r}; define or rename it"
        yield Problem(function.id, "handler", rule)


def _names(module: ast.Module) -> set[str]:
    """What a module binds at its top level."""
    names: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def _pattern(function: Function) -> Iterator[Problem]:
    if not isinstance(function.trigger, Queue | Objects):
        return
    try:
        patterns.validate(function.trigger.event_pattern())
    except patterns.PatternError as error:
        yield Problem(function.id, "trigger.pattern", str(error))


def _producers(repository: Repository, function: Function) -> Iterator[Problem]:
    if not isinstance(function.trigger, Queue):
        return
    for event in function.trigger.events:
        if event not in repository.published:
            rule = f"no manifest publishes {event!r}; name a producer's event or use a pattern"
            yield Problem(function.id, "trigger.events", rule)


def _readme(repository: Repository, concern: str) -> Iterator[Problem]:
    path = repository.root / "functions" / concern / "README.md"
    if not path.is_file():
        yield Problem(concern, "README.md", f"{repository.shown(path)} does not exist; write it")
        return
    lines = len(path.read_text("utf-8").splitlines())
    if lines > README_LINES:
        yield Problem(concern, "README.md", f"has {lines} lines; at most {README_LINES}")


def _runbook(repository: Repository, concern: str) -> Iterator[Problem]:
    path = repository.root / "docs" / "runbooks" / f"{concern}.md"
    if not path.is_file():
        yield Problem(concern, "runbook", f"{repository.shown(path)} does not exist; write it")
        return
    text = path.read_text("utf-8")
    for function in repository.of(concern):
        if function.name not in text:
            rule = f"{repository.shown(path)} does not name it; say what to do when it fails"
            yield Problem(function.id, "runbook", rule)


def _long_handlers(repository: Repository, concern: str) -> Iterator[Problem]:
    for path in sorted((repository.root / "functions" / concern / "handlers").glob("*.py")):
        source = path.read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = code_lines(node, source)
                if lines > HANDLER_LINES:
                    rule = f"{lines} lines of code; at most {HANDLER_LINES}: move it to the service"
                    yield Problem(_place(repository, path, node), "handler", rule)


def _place(repository: Repository, path: Path, node: ast.stmt) -> str:
    return f"{repository.shown(path)}:{node.lineno}"


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef, source: str) -> int:
    """The function's lines without its docstring, comments and blank lines."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    first = body[0].lineno if body else node.lineno
    head = range(node.lineno, node.body[0].lineno)
    rest = range(first, (node.end_lineno or node.lineno) + 1)
    lines = source.splitlines()
    kept = {number for number in (*head, *rest) if _is_code(lines[number - 1])}
    return len(kept)


def _is_code(line: str) -> bool:
    text = line.strip()
    return bool(text) and not text.startswith("#")
