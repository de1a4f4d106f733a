"""Jira Cloud and GitHub Issues, over the outbound HTTPS that reaches public addresses only.

Sources: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and
https://docs.github.com/en/rest/issues/issues.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final

from functions.policy.model.ticket import GitHub, Jira, Place, Standing
from functions.policy.ports import Filed, TicketDesk
from steward.contracts.policy import FindingView
from steward.errors import Denied, Permanent, Throttled, Transient
from steward.outbound import Answer, Limits, Outbound, outbound

API: Final = "https://api.github.com"
_ROOM: Final = 8 * 1024 * 1024
_TITLE: Final = 250
_CATEGORIES: Final[Mapping[str, Standing]] = {
    "new": "open",
    "undefined": "open",
    "indeterminate": "doing",
    "done": "done",
}
_GOALS: Final[Mapping[Standing, str]] = {
    "open": "new",
    "doing": "indeterminate",
    "done": "done",
    "dropped": "done",
}
_REASONS: Final[Mapping[Standing, str]] = {"done": "completed", "dropped": "not_planned"}


@dataclass(frozen=True, slots=True)
class Wire:
    """JSON both ways, with what every request carries."""

    outbound: Outbound
    base: str
    # Not shown: it holds the token.
    headers: Mapping[str, str] = field(repr=False)

    def get(self, path: str) -> Any:
        """What is there."""
        return _read(self.outbound.get(f"{self.base}{path}", headers=self.headers), path)

    def post(self, path: str, body: object) -> Any:
        """Send JSON."""
        return _read(self.outbound.post(f"{self.base}{path}", **self._body(body)), path)

    def patch(self, path: str, body: object) -> Any:
        """Change what is there."""
        return _read(self.outbound.patch(f"{self.base}{path}", **self._body(body)), path)

    def _body(self, body: object) -> dict[str, Any]:
        headers = {**self.headers, "Content-Type": "application/json"}
        return {"body": json.dumps(body).encode(), "headers": headers}


@dataclass(frozen=True, slots=True)
class JiraCloud:
    """The issues of a project; a label marks each of ours, and states count by their category."""

    wire: Wire
    place: Jira

    def find(self, mark: str) -> Filed | None:
        """The issue with our label."""
        asked = f'project = "{self.place.project}" AND labels = "{_label(mark)}"'
        body = {"jql": asked, "fields": ["status"], "maxResults": 1}
        found = self.wire.post("/rest/api/3/search/jql", body)["issues"]
        return self._filed(found[0]["key"], found[0]["fields"]) if found else None

    def make(self, mark: str, view: FindingView) -> Filed:
        """A new issue, as the project makes them."""
        fields = {
            "project": {"key": self.place.project},
            "issuetype": {"name": self.place.issue_type},
            "summary": _title(view),
            "description": _document(_lines(view)),
            "labels": ["steward", _label(mark)],
        }
        made = self.wire.post("/rest/api/3/issue", {"fields": fields})
        return Filed(made["key"], f"{self.place.site}/browse/{made['key']}", "open")

    def move(self, key: str, to: Standing) -> None:
        """Take the transition that leads to a state of the category; none where it is there.

        Raises:
            Permanent: the project's workflow has no such step from where the issue is.
        """
        path = f"/rest/api/3/issue/{key}"
        now = self.wire.get(f"{path}?fields=status")["fields"]["status"]["statusCategory"]["key"]
        goal = _GOALS[to]
        if now == goal or (now == "undefined" and goal == "new"):
            return
        steps = self.wire.get(f"{path}/transitions")["transitions"]
        fitting = [each["id"] for each in steps if each["to"]["statusCategory"]["key"] == goal]
        if not fitting:
            raise Permanent(
                f"issue {key}: its workflow has no step to a state of category {goal!r}; add one in Jira"
            )
        self.wire.post(f"{path}/transitions", {"transition": {"id": fitting[0]}})

    def _filed(self, key: str, fields: Mapping[str, Any]) -> Filed:
        category = str(fields["status"]["statusCategory"]["key"])
        return Filed(key, f"{self.place.site}/browse/{key}", _CATEGORIES.get(category, "open"))


@dataclass(frozen=True, slots=True)
class GitHubIssues:
    """The issues of a repository; a comment in the text marks each of ours."""

    wire: Wire
    place: GitHub

    def find(self, mark: str) -> Filed | None:
        """The issue with our mark, among the hundred latest: it is looked for soon after it was made."""
        path = f"/repos/{self.place.repository}/issues?labels=steward&state=all&per_page=100"
        for issue in self.wire.get(path):
            if _mark(mark) in (issue.get("body") or ""):
                return _issue(issue)
        return None

    def make(self, mark: str, view: FindingView) -> Filed:
        """A new issue."""
        body = {
            "title": _title(view),
            "body": "\n\n".join((*_lines(view), _mark(mark))),
            "labels": ["steward", f"severity: {view.severity}"],
        }
        return _issue(self.wire.post(f"/repos/{self.place.repository}/issues", body))

    def move(self, key: str, to: Standing) -> None:
        """Open it or close it; GitHub has no word for being worked on, so that is open."""
        reason = _REASONS.get(to)
        change = (
            {"state": "open"} if reason is None else {"state": "closed", "state_reason": reason}
        )
        self.wire.patch(f"/repos/{self.place.repository}/issues/{key}", change)


def sender(environment: str) -> Outbound:
    """Outbound HTTPS with room for a list of issues."""
    plain = outbound(environment=environment, allow=os.environ.get("OUTBOUND_ALLOW", ""))
    return replace(plain, limits=Limits(answer_bytes=_ROOM))


def desk(place: Place, token: str, *, over: Outbound) -> TicketDesk:
    """The desk of a place, opened with a token."""
    accept = {"Accept": "application/json"}
    if isinstance(place, Jira):
        pair = base64.b64encode(f"{place.email}:{token}".encode()).decode()
        return JiraCloud(
            Wire(over, place.site, {**accept, "Authorization": f"Basic {pair}"}), place
        )
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    return GitHubIssues(Wire(over, API, {**headers, "Authorization": f"Bearer {token}"}), place)


def _read(answer: Answer, path: str) -> Any:
    if answer.ok:
        try:
            return json.loads(answer.body) if answer.body else None
        except ValueError as error:
            raise Transient(f"{path}: answered what is no JSON; try again") from error
    said = answer.body[:200].decode("utf-8", "replace")
    told = f"{path.partition('?')[0]}: answered {answer.status}: {said}"
    # GitHub says 403 of a limit as well, with how much is left.
    limited = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or limited:
        raise Throttled(told)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Transient(told)
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise Denied(f"{told}; renew the tracker's token, or what it may do")
    raise Permanent(told)


def _issue(issue: Mapping[str, Any]) -> Filed:
    stands: Standing = "open"
    if issue["state"] == "closed":
        stands = "dropped" if issue.get("state_reason") == "not_planned" else "done"
    return Filed(str(issue["number"]), issue["html_url"], stands)


def _label(mark: str) -> str:
    return f"steward-{mark}"


def _mark(mark: str) -> str:
    return f"<!-- steward:{mark} -->"


def _title(view: FindingView) -> str:
    return f"[{view.severity}] {view.rule_title}: {view.resource_name}"[:_TITLE].replace("\n", " ")


def _lines(view: FindingView) -> tuple[str, ...]:
    where = f"{view.provider} account {view.account}, region {view.region or '-'}"
    name = view.resource_arn or view.resource_name
    said = (view.message, f"Resource: {name} ({view.resource_type})", f"Where: {where}")
    mending = (f"To mend it: {view.remediation}",) if view.remediation else ()
    return (*said, *mending, f"Rule: {view.rule_id}; finding: {view.id}")


def _document(lines: tuple[str, ...]) -> dict[str, Any]:
    """Paragraphs in Atlassian's document format."""
    said = [{"type": "paragraph", "content": [{"type": "text", "text": t}]} for t in lines if t]
    return {"type": "doc", "version": 1, "content": said}
