"""Cloud Custodian's policy files to rule files, saying line by line what has no equivalent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from functions.policy.model.action import Action
from functions.policy.model.custodian.ages import as_value_filter
from functions.policy.model.custodian.filters import DEFAULT_MARK, condition
from functions.policy.model.custodian.naming import renamed
from functions.policy.model.custodian.place import Places
from functions.policy.model.custodian.shape import Absence, inventory
from functions.policy.model.custodian.types import provider_and_type
from functions.policy.model.language.errors import RuleError

Document = Mapping[str, Any]
Resolve = Callable[[Document], list[Any]]

USUAL_DAYS = 4
SEVERITIES = ("critical", "high", "medium", "low", "info")
_IGNORED = (
    "name",
    "resource",
    "filters",
    "actions",
    "description",
    "comment",
    "comments",
    "metadata",
)
_WORDLESS = re.compile(r"[^a-z0-9]+")
_STATES = {"instance-state-name": "State.Name", "instance-type": "InstanceType", "vpc-id": "VpcId"}


@dataclass(frozen=True, slots=True)
class Note:
    """What of a policy has no equivalent, and where it stands (1-based)."""

    line: int
    column: int
    policy: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Imported:
    """One policy: the rule file it became, if it did, and what was left behind."""

    name: str
    rule: str | None
    text: str | None
    notes: tuple[Note, ...]


@dataclass(slots=True)
class _Importer:
    policy: dict[str, Any]
    places: Places
    resolve: Resolve | None
    notes: list[Note] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.policy.get("name", "?"))

    def imported(self) -> Imported:
        self._left_behind()
        provider, kind = provider_and_type(str(self.policy.get("resource", "")))
        if kind is None:
            told = f"resource {self.policy.get('resource')!r}"
            self._note(self.policy, "resource", told, "the inventory has no such type")
        filters = self._filters(provider)
        remedies = self._actions()
        if kind is None or filters is None:
            return Imported(self.name, None, None, tuple(self.notes))
        rule_id = _WORDLESS.sub("-", self.name.lower()).strip("-")
        document = self._document(rule_id, kind, filters, remedies)
        text = yaml.safe_dump(document, sort_keys=False, width=100, allow_unicode=True)
        return Imported(self.name, rule_id, text, tuple(self.notes))

    def _document(
        self, rule_id: str, kind: str, filters: list[Any], remedies: list[Action]
    ) -> dict[str, Any]:
        said = self.policy.get("description") or self.policy.get("comment") or self.name
        title = " ".join(str(said).split())
        named = ", ".join(remedy.kind for remedy in remedies)
        metadata = self.policy.get("metadata")
        told = metadata.get("severity") if isinstance(metadata, dict) else None
        document = {
            "id": rule_id,
            "title": title[:117] + "..." if len(title) > 120 else title,  # noqa: PLR2004 - a title's limit
            "severity": told if told in SEVERITIES else "medium",
            "resources": [kind],
            "filters": filters,
            "message": "{resource.name} matches the policy " + _braced(self.name) + ".",
            "remediation": f"Do what the policy did: {named}."
            if named
            else "Decide what to do with it.",
        }
        if remedies:
            document["action"] = {"type": remedies[0].kind, **remedies[0].fields}
        return document

    # what has no equivalent ---------------------------------------------------------------------

    def _note(self, container: Any, key: str | int | None, what: str, why: str) -> None:
        line, column = self.places.of(container, key)
        self.notes.append(Note(line + 1, column + 1, self.name, what, why))

    def _left_behind(self) -> None:
        for key in self.policy:
            if key == "mode":
                why = "rules are judged at every change and in every sweep; there is nothing to set"
                self._note(self.policy, key, f"mode {_kind(self.policy[key])}", why)
            elif key not in (*_IGNORED, "query"):
                self._note(self.policy, key, key, "nothing here reads it")

    # filters ------------------------------------------------------------------------------------

    def _filters(self, provider: str) -> list[Any] | None:
        """The filters in the inventory's spelling; None where one cannot be said."""
        given = self.policy.get("filters") or []
        if not isinstance(given, list):
            self._note(self.policy, "filters", "filters", "no list")
            return None
        made = [self._filter(given, at, provider) for at in range(len(given))]
        made = [*self._queried(), *made]
        if None in made:
            return None
        if not made:
            self._note(self.policy, "name", "no filters", "a rule says what it looks for")
            return None
        return made

    def _filter(self, given: list[Any], at: int, provider: str) -> Any:
        document = {"type": given[at]} if isinstance(given[at], str) else given[at]
        try:
            plain = self._plain(document)
            spelled = renamed(plain, self.places.source, provider)
            condition([spelled], inventory(Absence.NULL), self.places)
        except RuleError as error:
            line, column = error.line, error.column
            if (line, column) == (1, 1):
                line, column = (place + 1 for place in self.places.of(given, at))
            what = f"filter {_kind(document)}"
            self.notes.append(
                Note(line, column, self.name, what, f"{error.problem}; {error.allowed}")
            )
            return None
        return spelled

    def _plain(self, document: Any) -> Any:
        """A filter with its age filters as value filters, and its values from elsewhere in place."""
        if not isinstance(document, dict):
            return document
        for block in ("and", "or", "not"):
            if set(document) == {block} and isinstance(document[block], list):
                return {block: [self._plain(inner) for inner in document[block]]}
        aged = as_value_filter(document, str(self.policy.get("resource")), self.places)
        if aged is not None:
            return dict(aged)
        if "value_from" in document and self.resolve is not None:
            rest = {key: value for key, value in document.items() if key != "value_from"}
            return {**rest, "value": self.resolve(document["value_from"])}
        return document

    def _queried(self) -> Iterator[Any]:
        """What the policy asks of the API, as filters."""
        query = self.policy.get("query") or []
        for at, asked in enumerate(query if isinstance(query, list) else []):
            pairs = list(asked.items()) if isinstance(asked, dict) else []
            if len(pairs) == 1 and pairs[0][0] in _STATES:
                key, value = pairs[0]
                wanted = value if isinstance(value, list) else [value]
                spelled = _STATES[key]
                whole = {"type": "value", "key": spelled, "op": "in", "value": wanted}
                yield renamed(whole, self.places.source, "aws")
                continue
            why = "what is asked of the API is not known; write it as a filter"
            self._note(query, at, f"query {asked}", why)
            yield None

    # actions ------------------------------------------------------------------------------------

    def _actions(self) -> list[Action]:
        given = self.policy.get("actions") or []
        made = []
        for at, document in enumerate(given if isinstance(given, list) else []):
            remedy = _remedy(document)
            if isinstance(remedy, str):
                self._note(given, at, f"action {_kind(document)}", remedy)
            else:
                made.append(remedy)
        for remedy in made[1:]:
            why = f"a rule proposes one action; this one proposes {made[0].kind}"
            self._note(self.policy, "actions", f"action {remedy.kind}", why)
        return made


def import_policies(
    document: Any, places: Places, *, resolve: Resolve | None = None
) -> list[Imported]:
    """Each policy of a Cloud Custodian file as a rule file, with what was left behind.

    Raises:
        RuleError: the document is no policy file.
    """
    policies = document.get("policies") if isinstance(document, dict) else None
    if not isinstance(policies, list):
        raise places.error(
            document, None, "no policies", "give Cloud Custodian's 'policies: [...]'"
        )
    made = []
    for at, policy in enumerate(policies):
        if not isinstance(policy, dict) or not isinstance(policy.get("name"), str):
            raise places.error(policies, at, "no policy", "a policy has name, resource and filters")
        made.append(_Importer(policy, places, resolve).imported())
    return made


def _kind(document: Any) -> str:
    if isinstance(document, dict):
        return str(document.get("type") or next(iter(document), "?"))
    return str(document)


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _remedy(document: Any) -> Action | str:
    """The action that one of Cloud Custodian's stands for, or why there is none."""
    kind = _kind(document)
    fields = document if isinstance(document, dict) else {}
    made = _REMEDIES.get(kind)
    if made is None:
        return "no action here does that; the finding is opened all the same"
    return made(fields)


def _marked(fields: Document) -> Action:
    tag, operation = fields.get("tag", DEFAULT_MARK), fields.get("op", "stop")
    days = fields.get("days", USUAL_DAYS)
    return Action("mark", {"tag": tag, "operation": operation, "days": days})


def _tagged(fields: Document) -> Action:
    one = {fields.get("key") or fields.get("tag") or DEFAULT_MARK: fields.get("value", "")}
    return Action("tag", {"tags": fields.get("tags") or one})


def _notified(fields: Document) -> Action:
    subject = {"subject": fields["subject"]} if "subject" in fields else {}
    return Action("notify", {"to": fields.get("to") or [], **subject})


def _untagged(fields: Document) -> Action:
    return Action("remove-tag", {"tags": fields.get("tags") or [DEFAULT_MARK]})


_REMEDIES: Mapping[str, Callable[[Document], Action]] = {
    "stop": lambda _: Action("stop"),
    "start": lambda _: Action("start"),
    **dict.fromkeys(("delete", "terminate"), lambda _: Action("delete")),
    "mark-for-op": _marked,
    **dict.fromkeys(("mark", "tag"), _tagged),
    **dict.fromkeys(("unmark", "untag", "remove-tag"), _untagged),
    "notify": _notified,
}
