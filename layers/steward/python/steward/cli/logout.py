"""``steward logout``: end the sign-in of this machine."""

from __future__ import annotations

from steward.cli.client import DEFAULT_DATA, Client, Data
from steward.cli.logins import CLIENT, Logins, post
from steward.cli.output import note


def logout(data: Data = DEFAULT_DATA) -> None:
    """End the sign-in; the server refuses its tokens from then on."""
    server, logins = Client(data).url, Logins()
    known = logins.get(server)
    if known is None:
        note(f"nobody is signed in at {server}")
        return
    # Forgotten here even if the server cannot hear of it.
    logins.put(server, None)
    post(server, "/oauth/revoke", {"token": known.refresh_token, "client_id": CLIENT})
    note(f"signed out at {server}")
