"""After a principal's end: its keys, sessions, links and memberships go too, in parts."""

from __future__ import annotations

from functions.identity.ports import Books, Post, Register
from steward.contracts.identity import UserDeleted

AT_ONCE = 20
"""Of each of four kinds: at most eighty items of ninety."""


def forget(deleted: UserDeleted, *, books: Books, register: Register, post: Post) -> int:
    """Remove some of what was kept for the principal alone, and go on until nothing is left."""
    who = deleted.principal
    keys = register.keys.query(index="by_owner", key=who, limit=AT_ONCE)
    for key in keys.items:
        register.keys.delete(key.hash)
    sessions = register.sessions.query(index="by_principal", key=who, limit=AT_ONCE)
    for session in sessions.items:
        register.sessions.delete(session.hash)
    links = register.links.query(index="by_principal", key=who, limit=AT_ONCE)
    for link in links.items:
        register.links.delete(link.id)
    memberships = books.memberships.query(index="by_principal", key=who, limit=AT_ONCE)
    for membership in memberships.items:
        books.memberships.delete(membership.id)
    pages = (keys, sessions, links, memberships)
    if any(page.cursor is not None for page in pages):
        post.publish(deleted)
    return sum(len(page.items) for page in pages)
