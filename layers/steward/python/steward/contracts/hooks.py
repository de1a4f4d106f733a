"""What came in at the public door, verified: Slack, GitHub, GitLab or any Standard Webhooks sender."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from steward.contracts.event import Event


class _Received(Event):
    """What the four share: whose door, which delivery, what the sender calls it, and the parsed body.

    ``headers`` are the few that mean something and hold no secret, in lower case; ``event`` is the
    sender's name for what happened (``push``, ``/steward``, ``block_actions``).
    """

    source_id: str
    source_name: str
    delivery_id: str
    event: str
    headers: dict[str, str] = Field(default_factory=dict)
    payload: dict[str, Any] = Field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The source's id."""
        return self.source_id


class SlackReceived(_Received):
    """A slash command, an interaction or an event of Slack."""

    type: ClassVar[str] = "hooks.slack.received.v1"


class GithubReceived(_Received):
    """A delivery of a GitHub webhook."""

    type: ClassVar[str] = "hooks.github.received.v1"


class GitlabReceived(_Received):
    """A delivery of a GitLab webhook."""

    type: ClassVar[str] = "hooks.gitlab.received.v1"


class WebhookReceived(_Received):
    """A message of a Standard Webhooks sender."""

    type: ClassVar[str] = "hooks.webhook.received.v1"
