"""Projects, and who holds which role in one; the directory's scopes are kept in step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from functions.identity.model.names import shown_name, slug
from functions.identity.model.projects import MAX_ACCOUNTS, MAX_PROJECTS, MAX_TAGS, Project
from functions.identity.service.standing import Desk, holder_of, keep
from steward.errors import AlreadyExists, BadInput, NotFound
from steward.identity import Grant, Role
from steward.identity.directory import ACCESS_ID, Access
from steward.identity.items import Facts

_ACCOUNT = re.compile(r"(aws|azure|gcp)/[A-Za-z0-9._:-]{1,128}")
MAX_TAG = 256


class ProjectChange(BaseModel):
    """What of a project can be changed; all is replaced.

    ``accounts`` are ``<provider>/<account>``; one of them, or one of the ``tags``, puts a resource in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    accounts: Annotated[tuple[str, ...], Field(max_length=MAX_ACCOUNTS)] = ()
    tags: Annotated[Mapping[str, str], Field(default_factory=dict, max_length=MAX_TAGS)]


class ProjectDraft(ProjectChange):
    """What it takes to make a project."""

    id: str


class MemberChange(BaseModel):
    """The roles that a principal is to hold in a project; none takes it out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: Annotated[frozenset[Role], Field(max_length=len(Role))]


class ProjectMember(BaseModel):
    """A principal, and the roles it holds in a project by grants of its own."""

    model_config = ConfigDict(frozen=True)

    project: str
    principal: str
    roles: tuple[Role, ...]

    def facts(self) -> Facts:
        """What policies decide by."""
        return Facts(self.project, projects=(self.project,))


def create(draft: ProjectDraft, *, desk: Desk) -> Project:
    """A new project.

    Raises:
        AlreadyExists: there is, or was, a project of that id.
        BadInput: there are too many, or a field breaks its rule.
    """
    id_ = slug(draft.id, what="project id")
    if desk.books.projects.get(id_) is not None:
        raise AlreadyExists(
            f"project {id_!r}: exists, or did; the id of a deleted one is not reused"
        )
    project = Project(
        id=id_, name="", tags={}, created_at=desk.now, created_by=desk.who
    ).model_copy(update=_checked(draft))
    desk.books.projects.add(project)
    _publish(project, desk)
    return project


def change(project_id: str, wanted: ProjectChange, *, desk: Desk) -> Project:
    """The project with other contents.

    Raises:
        Denied: the caller is not its admin, nor the tenant's: what is in it decides who sees what.
    """
    project = require(project_id, desk)
    # Whoever draws the borders could let in anything: that is the whole tenant's affair.
    desk.authority.check_grants((Grant(role=Role.ADMIN),))
    after = project.model_copy(update=_checked(wanted))
    desk.books.projects.put(after)
    _publish(after, desk)
    return after


def delete(project_id: str, *, desk: Desk) -> None:
    """The project's end; grants in it are for nothing from now on.

    Raises:
        Denied: the caller is not the tenant's admin.
    """
    project = require(project_id, desk)
    desk.authority.check_grants((Grant(role=Role.ADMIN),))
    gone = {"deleted_at": desk.now, "accounts": (), "tags": {}}
    desk.books.projects.put(project.model_copy(update=gone))
    access = desk.register.access.get(ACCESS_ID) or Access()
    kept = tuple(scope for scope in access.projects if scope.id != project.id)
    _put_access(access, {"projects": kept}, desk)


def require(project_id: str, desk: Desk) -> Project:
    """The project, which is not deleted.

    Raises:
        NotFound: there is none of that id.
    """
    project = desk.books.projects.get(project_id)
    if project is None or project.deleted_at is not None:
        raise NotFound(f"project {project_id[:80]!r}: not found; list them to see the ids")
    return project


def set_roles(
    project_id: str, principal: str, wanted: MemberChange, *, desk: Desk
) -> ProjectMember:
    """Give a principal these roles in the project, and no others there.

    Raises:
        Denied: one of the old or new roles is not the caller's to give in this project.
    """
    project = require(project_id, desk)
    holder = holder_of(principal, desk.books)
    here = tuple(grant for grant in holder.grants if grant.project == project.id)
    there = tuple(grant for grant in holder.grants if grant.project != project.id)
    roles = tuple(role for role in Role if role in wanted.roles)
    given = tuple(Grant(role=role, project=project.id) for role in roles)
    desk.authority.check_grants(here)
    desk.authority.check_grants(given)
    keep(holder.model_copy(update={"grants": (*there, *given)}), desk.books, desk.register)
    return ProjectMember(project=project.id, principal=holder.id, roles=roles)


def _checked(wanted: ProjectChange) -> dict[str, object]:
    for account in wanted.accounts:
        if not _ACCOUNT.fullmatch(account):
            raise BadInput(f"account {account[:60]!r}: use aws/<id>, azure/<id> or gcp/<id>")
    for text in (*wanted.tags.keys(), *wanted.tags.values()):
        if not 0 < len(text) <= MAX_TAG or not text.isprintable():
            raise BadInput(f"tag {text[:60]!r}: use 1 to {MAX_TAG} printable characters")
    return {
        "name": shown_name(wanted.name, what="project name"),
        "accounts": tuple(dict.fromkeys(wanted.accounts)),
        "tags": dict(wanted.tags),
    }


def _publish(project: Project, desk: Desk) -> None:
    access = desk.register.access.get(ACCESS_ID) or Access()
    others = tuple(scope for scope in access.projects if scope.id != project.id)
    if len(others) >= MAX_PROJECTS:
        raise BadInput(f"{MAX_PROJECTS} projects exist already; delete one first")
    _put_access(access, {"projects": (*others, project.scope)}, desk)


def _put_access(access: Access, changes: Mapping[str, object], desk: Desk) -> None:
    update = {**changes, "version": access.version + 1}
    desk.register.access.put(access.model_copy(update=update))
