"""HTTP answers for the vendors' real clients, which all stand on requests."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import requests
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession
from google.cloud.asset import AssetServiceClient
from google.cloud.asset_v1.services.asset_service.transports import AssetServiceRestTransport

Give = Callable[[requests.PreparedRequest], tuple[int, Any, Mapping[str, str]]]


class Answers(requests.adapters.BaseAdapter):
    """What ``give`` says, as if it had come over the wire."""

    def __init__(self, give: Give) -> None:
        super().__init__()
        self.give = give
        self.asked: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.asked.append(request)
        status, body, headers = self.give(request)
        response = requests.Response()
        response.status_code = status
        response.headers.update({"Content-Type": "application/json", **headers})
        response.raw = io.BytesIO(json.dumps(body).encode())
        response.request = request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        pass


class Credential:
    """A credential of nobody."""

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("t", 4_000_000_000)


def session(answers: Answers) -> requests.Session:
    made = requests.Session()
    made.mount("https://", answers)
    return made


def graph_client(answers: Answers) -> ResourceGraphClient:
    transport = RequestsTransport(session=session(answers), session_owner=False)
    return ResourceGraphClient(Credential(), transport=transport, retry_total=0)


def arm_client(answers: Answers) -> ARMPipelineClient[Any, Any]:
    transport = RequestsTransport(session=session(answers), session_owner=False)
    return ARMPipelineClient("https://management.azure.com", policies=[], transport=transport)


def google_session(answers: Answers) -> AuthorizedSession:
    made = AuthorizedSession(AnonymousCredentials())  # type: ignore[no-untyped-call]
    made.mount("https://", answers)
    return made


def asset_client(answers: Answers) -> AssetServiceClient:
    transport = AssetServiceRestTransport(
        credentials=AnonymousCredentials()  # type: ignore[no-untyped-call]
    )
    transport._session.mount("https://", answers)
    return AssetServiceClient(transport=transport)
