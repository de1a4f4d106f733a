"""Users, groups and projects over HTTPS."""

from __future__ import annotations

from functions.identity.model.groups import Group, Membership
from functions.identity.model.people import User
from functions.identity.model.projects import Project
from functions.identity.service import elevations, groups, projects, sessions, users
from functions.identity.service.elevations import Borrowed, ImpersonationDraft
from functions.identity.service.groups import GroupChange, GroupDraft
from functions.identity.service.projects import (
    MemberChange,
    ProjectChange,
    ProjectDraft,
    ProjectMember,
)
from functions.identity.service.sessions import SessionView
from functions.identity.service.standing import living_group
from functions.identity.service.users import LinkDraft, Linked, UserChange, UserDraft
from functions.identity.wiring import Deps, wire
from steward.edge.http import Api
from steward.store.collection import Page

api = Api(wire=wire)
handler = api.handler

ROOT = "/api/v1/identity"
USER = f"{ROOT}/users/<user_id>"
GROUP = f"{ROOT}/groups/<group_id>"
PROJECT = f"{ROOT}/projects/<project_id>"


@api.get(f"{ROOT}/users", permission="user:view")
def list_users(
    email: str | None = None, cursor: str | None = None, limit: int = 50, *, deps: Deps
) -> Page[User]:
    """The users by name, or the one of an address."""
    return users.find(desk=deps.desk, email=email, after=cursor, limit=limit)


@api.post(f"{ROOT}/users", permission="user:manage")
def create_user(draft: UserDraft, *, deps: Deps) -> User:
    """A new user, who signs in by a link to an issuer or a password that they set."""
    return users.create(draft, id_=deps.fresh_id, desk=deps.desk)


@api.get(USER, permission="user:view")
def get_user(user_id: str, *, deps: Deps) -> User:
    """One user."""
    user = users.require(user_id, deps.desk)
    api.etag(deps.books.users.version(user_id))
    return user


@api.put(USER, permission="user:manage")
def change_user(user_id: str, change: UserChange, *, deps: Deps) -> User:
    """Another name, and other grants in the place of all there are."""
    api.check_match(deps.books.users.version(user_id))
    return users.change(user_id, change, desk=deps.desk)


@api.delete(USER, permission="user:manage")
def delete_user(user_id: str, *, deps: Deps) -> None:
    """Shut the user out for good, and erase the name and the address."""
    api.check_match(deps.books.users.version(user_id))
    users.delete(user_id, desk=deps.desk, post=deps.post)


@api.post(f"{USER}/suspend", permission="user:manage")
def suspend_user(user_id: str, *, deps: Deps) -> User:
    """Let the user in no more, until resumed."""
    return users.suspend(user_id, desk=deps.desk)


@api.post(f"{USER}/resume", permission="user:manage")
def resume_user(user_id: str, *, deps: Deps) -> User:
    """Let the user in again."""
    return users.resume(user_id, desk=deps.desk)


@api.post(f"{USER}/links", permission="user:manage")
def link_user(user_id: str, draft: LinkDraft, *, deps: Deps) -> Linked:
    """Let an issuer's subject sign in as the user."""
    return users.link(user_id, draft, desk=deps.desk)


@api.delete(f"{USER}/links/<link_id>", permission="user:manage")
def unlink_user(user_id: str, link_id: str, *, deps: Deps) -> None:
    """Let the issuer's subject sign in no more."""
    users.unlink(user_id, link_id, desk=deps.desk)


@api.post(f"{USER}/impersonate", permission="user:impersonate")
def impersonate_user(user_id: str, draft: ImpersonationDraft, *, deps: Deps) -> Borrowed:
    """Act as the user for half an hour, reading only unless writes are asked for; on the record."""
    return elevations.impersonate(
        user_id, draft, tenant=deps.tenant, caller=deps.caller, desk=deps.desk, post=deps.post
    )


@api.get(f"{USER}/sessions", permission="session:view")
def list_sessions(user_id: str, *, deps: Deps) -> Page[SessionView]:
    """The user's browser sessions, newest first."""
    return Page(sessions.of(users.require(user_id, deps.desk).id, desk=deps.desk))


@api.delete(f"{USER}/sessions", permission="session:manage")
def end_sessions(user_id: str, *, deps: Deps) -> None:
    """Sign the user out everywhere: all sessions and tokens of before are refused."""
    sessions.check_charge_of(user_id, deps.desk)
    sessions.end_all(user_id, desk=deps.desk)


@api.delete(f"{USER}/sessions/<session_id>", permission="session:manage")
def end_session(user_id: str, session_id: str, *, deps: Deps) -> None:
    """End one of the user's sessions."""
    sessions.check_charge_of(user_id, deps.desk)
    sessions.end(user_id, session_id, desk=deps.desk)


@api.get(f"{ROOT}/groups", permission="group:view")
def list_groups(cursor: str | None = None, limit: int = 50, *, deps: Deps) -> Page[Group]:
    """The groups."""
    return deps.books.groups.query(index="alive", key="all", after=cursor, limit=limit)


@api.post(f"{ROOT}/groups", permission="group:manage")
def create_group(draft: GroupDraft, *, deps: Deps) -> Group:
    """A new group."""
    return groups.create(draft, desk=deps.desk)


@api.get(GROUP, permission="group:view")
def get_group(group_id: str, *, deps: Deps) -> Group:
    """One group."""
    group = living_group(group_id, deps.books)
    api.etag(deps.books.groups.version(group_id))
    return group


@api.put(GROUP, permission="group:manage")
def change_group(group_id: str, change: GroupChange, *, deps: Deps) -> Group:
    """Another name, and other grants; they reach all members within moments."""
    api.check_match(deps.books.groups.version(group_id))
    return groups.change(group_id, change, desk=deps.desk, post=deps.post)


@api.delete(GROUP, permission="group:manage")
def delete_group(group_id: str, *, deps: Deps) -> None:
    """The group's end: its members hold its grants no more."""
    api.check_match(deps.books.groups.version(group_id))
    groups.delete(group_id, desk=deps.desk, post=deps.post)


@api.get(f"{GROUP}/members", permission="group:view")
def list_members(
    group_id: str, cursor: str | None = None, limit: int = 50, *, deps: Deps
) -> Page[Membership]:
    """Who is in the group."""
    return groups.members(group_id, books=deps.books, after=cursor, limit=limit)


@api.put(f"{GROUP}/members/<principal>", permission="group:manage")
def add_member(group_id: str, principal: str, *, deps: Deps) -> Membership:
    """Take a user or service account into the group."""
    return groups.add_member(group_id, principal, desk=deps.desk)


@api.delete(f"{GROUP}/members/<principal>", permission="group:manage")
def remove_member(group_id: str, principal: str, *, deps: Deps) -> None:
    """Put a user or service account out of the group."""
    groups.remove_member(group_id, principal, desk=deps.desk)


@api.get(f"{ROOT}/projects", permission="project:view")
def list_projects(cursor: str | None = None, limit: int = 50, *, deps: Deps) -> Page[Project]:
    """The projects that the caller may see."""
    return deps.books.projects.query(index="alive", key="all", after=cursor, limit=limit)


@api.post(f"{ROOT}/projects", permission="project:manage")
def create_project(draft: ProjectDraft, *, deps: Deps) -> Project:
    """A new project; its accounts and tags say what lies in it."""
    return projects.create(draft, desk=deps.desk)


@api.get(PROJECT, permission="project:view")
def get_project(project_id: str, *, deps: Deps) -> Project:
    """One project."""
    project = projects.require(project_id, deps.desk)
    api.etag(deps.books.projects.version(project_id))
    return project


@api.put(PROJECT, permission="project:manage")
def change_project(project_id: str, change: ProjectChange, *, deps: Deps) -> Project:
    """Other contents, in the place of all there are."""
    api.check_match(deps.books.projects.version(project_id))
    return projects.change(project_id, change, desk=deps.desk)


@api.delete(PROJECT, permission="project:manage")
def delete_project(project_id: str, *, deps: Deps) -> None:
    """The project's end; grants in it are for nothing from now on."""
    api.check_match(deps.books.projects.version(project_id))
    projects.delete(project_id, desk=deps.desk)


@api.put(f"{PROJECT}/members/<principal>", permission="project:manage")
def set_project_roles(
    project_id: str, principal: str, change: MemberChange, *, deps: Deps
) -> ProjectMember:
    """Give a principal these roles in the project, and no others there."""
    return projects.set_roles(project_id, principal, change, desk=deps.desk)
