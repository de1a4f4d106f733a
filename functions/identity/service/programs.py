"""Service accounts: programs that prove themselves by a secret of their own."""

from __future__ import annotations

from collections.abc import Mapping

from functions.identity.model.oauth import EVERYTHING, OAuthError, SignedIn
from functions.identity.ports import SignInDeps
from steward.identity import permissions
from steward.identity.directory import admitted


def prove(service_id: str, members: Mapping[str, str], *, deps: SignInDeps) -> SignedIn:
    """The service, if the secret is its own; its scope is all it holds, or the permissions it names.

    Raises:
        OAuthError: it is not, or the scope names what there is not.
        Unauthenticated: the service is let in no more.
    """
    service = deps.books.services.get(service_id)
    if service is None or not service.proves(members.get("client_secret", ""), now=deps.now):
        raise OAuthError("invalid_client", "client: unknown, or its secret is wrong")
    admitted(deps.register.principals.get(service_id), service_id, now=deps.now)
    scope = members.get("scope", EVERYTHING).split()
    unknown = [name for name in scope if name != EVERYTHING and not permissions.known(name)]
    if unknown:
        raise OAuthError("invalid_scope", f"scope {unknown[0][:60]}: is no permission")
    return SignedIn(
        principal=service_id,
        client=members["client_id"],
        scope=" ".join(scope),
        mfa=False,
        auth_time=deps.now,
    )
