"""Projects: parts of a tenant, by cloud accounts and tags, in which roles can be held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from steward.identity.directory import ProjectScope
from steward.identity.items import Facts
from steward.store.collection import Collection, Index

MAX_PROJECTS = 200
"""All of a tenant's projects are read with each request, in one record."""
MAX_ACCOUNTS = 100
MAX_TAGS = 10


class Project(BaseModel):
    """A part of the tenant: what lies in one of the accounts, or carries one of the tags.

    A deleted project stays under its id: made anew, it would bring old grants in it to life.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    accounts: tuple[str, ...] = ()
    tags: Annotated[Mapping[str, str], Field(default_factory=dict)]
    created_at: AwareDatetime
    created_by: str = ""
    deleted_at: AwareDatetime | None = None

    @property
    def scope(self) -> ProjectScope:
        """The project as the edge knows it."""
        return ProjectScope(id=self.id, accounts=self.accounts, tags=self.tags)

    def facts(self) -> Facts:
        """What policies decide by."""
        return Facts(self.id, projects=(self.id,))


PROJECTS = Collection(
    "projects",
    Project,
    id=lambda project: project.id,
    indexes=(
        Index("alive", lambda each: None if each.deleted_at else "all", lambda each: each.id),
    ),
)
