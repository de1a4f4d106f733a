"""Users: made, changed, shut out and deleted, each time together with their principal."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from functions.identity.model.names import shown_name
from functions.identity.model.people import EmailClaim, User, normal_email
from functions.identity.model.privileges import MAX_GRANTS
from functions.identity.ports import Post
from functions.identity.service.standing import (
    Desk,
    check_charge,
    holder_of,
    join,
    keep,
    living_group,
)
from steward.contracts.identity import UserDeleted
from steward.errors import AlreadyExists, BadInput, NotFound
from steward.identity import Grant
from steward.identity.directory import Link, Standing, link_id
from steward.store.collection import Page

_Grants = Annotated[tuple[Grant, ...], Field(max_length=MAX_GRANTS)]


class UserDraft(BaseModel):
    """A person to be known; they sign in by a link to an issuer, or a password that they set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: str
    name: str
    grants: _Grants = ()
    groups: Annotated[tuple[str, ...], Field(max_length=20)] = ()


class UserChange(BaseModel):
    """What of a user can be changed; both are replaced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    grants: _Grants


class LinkDraft(BaseModel):
    """An issuer's subject that is to sign in as the user."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, Field(min_length=8, max_length=300, pattern=r"^https?://\S+$")]
    subject: Annotated[str, Field(min_length=1, max_length=255)]


class Linked(BaseModel):
    """A link as it is shown: the issuer's subject is kept as a hash."""

    model_config = ConfigDict(frozen=True)

    id: str
    principal: str


class Newcomer(NamedTuple):
    """Who is to become a user, once it is settled that they may."""

    id: str
    email: str
    name: str
    grants: tuple[Grant, ...]
    groups: tuple[str, ...]


def create(draft: UserDraft, *, id_: str, desk: Desk) -> User:
    """A new user with the grants and groups of the draft.

    Raises:
        AlreadyExists: the address is another user's.
        Denied: a grant, or a group's, is not the caller's to give.
        BadInput: a name or address breaks its rule.
    """
    desk.authority.check_grants(draft.grants)
    newcomer = Newcomer(f"user:{id_}", draft.email, draft.name, draft.grants, draft.groups)
    return admit(newcomer, desk=desk)


def admit(newcomer: Newcomer, *, desk: Desk) -> User:
    """Make the user; the grants are decided already, those of groups are checked here."""
    email = normal_email(newcomer.email)
    claim_email(email, newcomer.id, desk)
    user = User(
        id=newcomer.id,
        email=email,
        name=shown_name(newcomer.name, what="name"),
        grants=newcomer.grants,
        created_at=desk.now,
        created_by=desk.who,
    )
    for name in dict.fromkeys(newcomer.groups):
        joined = join(user, living_group(name, desk.books), desk)
        user = user.model_copy(update={"groups": joined.groups})
    keep(user, desk.books, desk.register)
    return user


def change(user_id: str, wanted: UserChange, *, desk: Desk) -> User:
    """The user with another name and other grants.

    Raises:
        Denied: the user holds, or would hold, more than the caller; or is the last admin.
    """
    user = require(user_id, desk)
    check_charge(user, desk)
    desk.authority.check_grants(wanted.grants)
    name = shown_name(wanted.name, what="name")
    after = user.model_copy(update={"name": name, "grants": wanted.grants})
    keep(after, desk.books, desk.register)
    return after


def suspend(user_id: str, *, desk: Desk) -> User:
    """The user, let in no more until resumed: keys, tokens and sessions are refused within a minute.

    Raises:
        Denied: the user holds more than the caller, or is the last admin.
    """
    return _stand(user_id, Standing.SUSPENDED, desk)


def resume(user_id: str, *, desk: Desk) -> User:
    """The user, let in again.

    Raises:
        Denied: the user holds more than the caller.
    """
    return _stand(user_id, Standing.ACTIVE, desk)


def delete(user_id: str, *, desk: Desk, post: Post) -> None:
    """Shut the user out for good and erase the name and address; what else there is goes after.

    Raises:
        Denied: the user holds more than the caller, or is the last admin.
    """
    user = require(user_id, desk)
    check_charge(user, desk)
    remove(user, desk=desk, post=post)


def remove(user: User, *, desk: Desk, post: Post) -> None:
    """The user's end, once it is settled; the id stays, so that nobody else gets it."""
    if user.email:
        desk.books.emails.delete(user.email)
    gone = user.model_copy(
        update={"email": "", "name": "", "standing": Standing.DELETED, "grants": ()}
    )
    keep(gone, desk.books, desk.register)
    post.publish(UserDeleted(principal=user.id))


def require(user_id: str, desk: Desk) -> User:
    """The user, who is not deleted.

    Raises:
        NotFound: there is none of that id.
    """
    found = holder_of(user_id, desk.books)
    if not isinstance(found, User):
        raise NotFound(f"user {user_id[:80]!r}: is a service account; see services")
    return found


def find(*, desk: Desk, email: str | None, after: str | None, limit: int) -> Page[User]:
    """The users by name, or the one of an address."""
    if email is not None:
        claim = desk.books.emails.get(normal_email(email))
        found = None if claim is None else desk.books.users.get(claim.user)
        return Page(() if found is None else (found,))
    return desk.books.users.query(index="by_name", key="all", after=after, limit=limit)


def link(user_id: str, draft: LinkDraft, *, desk: Desk) -> Linked:
    """Let an issuer's subject sign in as the user.

    Raises:
        AlreadyExists: the subject signs in as another.
        Denied: the user holds more than the caller.
    """
    user = require(user_id, desk)
    check_charge(user, desk)
    return Linked(**tie(user.id, draft, desk).model_dump())


def tie(user_id: str, draft: LinkDraft, desk: Desk) -> Link:
    """The link, made once it is settled."""
    id_ = link_id(draft.issuer, draft.subject)
    known = desk.register.links.get(id_)
    if known is not None and known.principal != user_id:
        raise AlreadyExists(f"subject {draft.subject[:60]!r}: signs in as another user already")
    made = Link(id=id_, principal=user_id)
    desk.register.links.put(made)
    return made


def unlink(user_id: str, link: str, *, desk: Desk) -> None:
    """Let the issuer's subject sign in no more.

    Raises:
        NotFound: the user has no such link.
    """
    check_charge(require(user_id, desk), desk)
    known = desk.register.links.get(link)
    if known is None or known.principal != user_id:
        raise NotFound(f"link {link[:80]!r}: not one of {user_id}; list them to see the ids")
    desk.register.links.delete(link)


def claim_email(email: str, user: str, desk: Desk) -> None:
    """Take the address for the user.

    Raises:
        AlreadyExists: it is another's.
    """
    known = desk.books.emails.get(email)
    if known is not None and known.user != user:
        raise AlreadyExists("e-mail: another user has this address; find them by it")
    if known is None:
        desk.books.emails.add(EmailClaim(email=email, user=user))


def _stand(user_id: str, standing: Standing, desk: Desk) -> User:
    user = require(user_id, desk)
    check_charge(user, desk)
    if user.id == desk.who and standing is not Standing.ACTIVE:
        raise BadInput(f"{user.id}: is yourself; ask another admin")
    after = user.model_copy(update={"standing": standing})
    keep(after, desk.books, desk.register)
    return after
