"""Taking in a delivery: whose token it is, whether it counts, and what becomes of each notice."""

from __future__ import annotations

from functions.intake.model.notice import Held, Notice, check_sender
from functions.intake.model.once import check_once, spent_on
from functions.intake.model.sender import Sender, sender_id
from functions.intake.ports import Deps
from steward.errors import BadInput
from steward.identity.jws import read, refuse


def admit(token: str, delivery: str, *, deps: Deps) -> Sender:
    """Who delivers, by a token that holds and was not used for anything else.

    Raises:
        Unauthenticated: the token does not hold, is of nobody who may deliver here, or was used before.
    """
    given = read(token)
    sender = deps.senders.get(sender_id(given.claims.iss, given.claims.sub))
    if sender is None:
        raise refuse(
            "its issuer and subject deliver nothing here",
            remedy="let the workload in with 'steward senders add'",
        )
    claims = deps.verify(given, sender.authority(deps.tenant))
    use = spent_on(token, delivery, claims)
    if check_once(deps.spent.get(use.id), use):
        deps.spent.add(use)
    return sender


def take(notice: Notice, sender: Sender, *, deps: Deps) -> bool:
    """Tell others of a notice, or hold it until its account is claimed; whether it was told.

    Raises:
        BadInput: it is of another cloud than its sender, or another tenant has claimed its account.
    """
    check_sender(notice, sender.provider)
    event = notice.received(sender.id)
    owner = deps.owner(notice.provider, notice.account)
    if owner == deps.tenant:
        deps.publish(event)
        return True
    if owner is not None:
        raise BadInput(
            f"{notice.provider} account {notice.account[:64]!r}: another tenant has claimed it; "
            "it has to be removed there first"
        )
    deps.held.add(
        Held(id=deps.commit_id, account=event.subject, received_at=deps.now, notice=event)
    )
    return False
