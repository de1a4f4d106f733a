"""Access export and erasure of a person's data: asked of every concern, done when all have reported."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from functions.identity.model.closings import Part
from functions.identity.model.people import User
from functions.identity.model.privacy import PrivacyKind, PrivacyRequest, PrivacyState
from functions.identity.ports import Post
from functions.identity.service.standing import Desk, check_charge
from functions.identity.service.users import remove
from steward.contracts.identity import PersonErased, PersonExportRequested, WalkFinished
from steward.errors import BadInput, NotFound
from steward.identity.directory import Standing
from steward.privacy import identifier

MAX_IDENTIFIERS = 20


class PrivacyDraft(BaseModel):
    """Who asks for what; ``identifiers`` are what else the person is called by, such as in a cloud.

    They are hashed before anything is kept or sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: str
    kind: PrivacyKind
    identifiers: Annotated[
        tuple[Annotated[str, Field(min_length=3, max_length=300)], ...],
        Field(max_length=MAX_IDENTIFIERS),
    ] = ()


def request(
    draft: PrivacyDraft, *, id_: str, concerns: tuple[str, ...], desk: Desk, post: Post
) -> PrivacyRequest:
    """Begin a request; an erasure shuts the person out at once.

    Raises:
        NotFound: no user has, or had, that id.
        Denied: the person holds more than the caller, or is the last admin.
    """
    user = desk.books.users.get(draft.person)
    if user is None:
        raise NotFound(f"person {draft.person[:80]!r}: not found; list users to see the ids")
    hashes = _hashes(user, draft)
    made = PrivacyRequest(
        id=id_,
        person=user.id,
        kind=draft.kind,
        missing=concerns,
        requested_by=desk.who,
        requested_at=desk.now,
    )
    desk.books.requests.add(made)
    if draft.kind is PrivacyKind.ACCESS:
        post.publish(PersonExportRequested(person=user.id, request=id_, identifiers=hashes))
        return made
    if user.standing is not Standing.DELETED:
        check_charge(user, desk)
        remove(user, desk=desk, post=post)
    post.publish(PersonErased(person=user.id, request=id_, identifiers=hashes))
    return made


def report(walk: WalkFinished, *, desk: Desk) -> PrivacyRequest | None:
    """Note what a concern has done; a repeated report changes nothing."""
    known = desk.books.requests.get(walk.errand.job)
    if known is None or walk.keeper not in known.missing:
        return known
    missing = tuple(each for each in known.missing if each != walk.keeper)
    part = Part(concern=walk.keeper, counts=walk.counts, files=walk.files)
    after = known.model_copy(
        update={
            "missing": missing,
            "parts": (*known.parts, part),
            "state": PrivacyState.RUNNING if missing else PrivacyState.DONE,
            "done_at": None if missing else desk.now,
        }
    )
    desk.books.requests.put(after)
    return after


def file_of(known: PrivacyRequest, key: str) -> str:
    """The key of one of the request's files.

    Raises:
        NotFound: it has no such file.
        BadInput: it exports nothing.
    """
    if known.kind is not PrivacyKind.ACCESS:
        raise BadInput(f"request {known.id}: is an erasure, which exports nothing")
    if not any(file.key == key for part in known.parts for file in part.files):
        raise NotFound(f"file {key[:120]!r}: not one of request {known.id}; it lists them")
    return key


def _hashes(user: User, draft: PrivacyDraft) -> tuple[str, ...]:
    called = (user.id, user.email, *draft.identifiers)
    return tuple(dict.fromkeys(identifier(each) for each in called if each))
