"""Where clients find everything: RFC 8414 and OpenID Connect Discovery 1.0."""

from __future__ import annotations

from typing import Any

from functions.identity.model.oauth import EVERYTHING, OPENID_SCOPES

AUTHORIZE = "/oauth/authorize"
TOKEN = "/oauth/token"  # noqa: S105  # a path
REVOKE = "/oauth/revoke"
INTROSPECT = "/oauth/introspect"
USERINFO = "/oauth/userinfo"
DEVICE = "/oauth/device"
JWKS = "/oauth/jwks.json"
_FOR_CLOUDS = "RS256"
"""What tokens for other clouds are signed with, whatever signs the others."""
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
GRANTS = ("authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT)


def metadata(issuer: str, algorithm: str) -> dict[str, Any]:
    """What Steward says of itself as an issuer."""
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + AUTHORIZE,
        "token_endpoint": issuer + TOKEN,
        "revocation_endpoint": issuer + REVOKE,
        "introspection_endpoint": issuer + INTROSPECT,
        "userinfo_endpoint": issuer + USERINFO,
        "device_authorization_endpoint": issuer + DEVICE,
        "jwks_uri": issuer + JWKS,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANTS),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [
            "none",
            "client_secret_basic",
            "client_secret_post",
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": sorted({algorithm, _FOR_CLOUDS}),
        "scopes_supported": [EVERYTHING, *sorted(OPENID_SCOPES)],
        "authorization_response_iss_parameter_supported": True,
    }
