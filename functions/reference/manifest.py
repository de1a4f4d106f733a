"""The API's own description, open to everyone."""

from steward.manifest import Function, Routes

FUNCTIONS = (
    Function(
        name="describe-api",
        handler="functions.reference.handlers.describe_api.handler",
        trigger=Routes(
            "/api/v1/openapi.json",
            "/api/v1/docs",
            public=True,
            because="what the API looks like is in the repository, and no secret",
        ),
        memory=256,
        timeout=10,
    ),
)
