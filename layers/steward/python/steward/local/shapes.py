"""What AWS sends: the very event shapes and context that a function gets in Lambda.

Sources: the Lambda developer guide's pages on SQS, API Gateway HTTP APIs (payload format 2.0) and
REST APIs (proxy integration), and "Using the Lambda context object".
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from steward.local.bus import ACCOUNT, REGION
from steward.local.queues import Message
from steward.manifest import Function

API_ID = "embedded"
_TEXT = ("text/", "application/json", "application/xml", "application/javascript")


class Request(NamedTuple):
    """An HTTP request and the route that takes it; header names are lower case."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str
    request_id: str
    at: float
    resource: str
    """The path of the route: as declared, or with ``/{proxy+}`` for what lies below it."""
    proxy: str | None


class Answer(NamedTuple):
    """An HTTP response, ready to be sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Context:
    """The context object of an invocation."""

    function_version = "$LATEST"

    def __init__(self, function: Function, *, request_id: str, deadline: float) -> None:
        self.function_name = function_name(function)
        self.memory_limit_in_mb = str(function.memory)
        self.invoked_function_arn = (
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"
        )
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = "embedded"
        self.identity = None
        self.client_context = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is killed."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def function_name(function: Function) -> str:
    """The name a function has as a resource."""
    return f"steward-{function.concern}-{function.name}"


def queue_arn(function: Function) -> str:
    """The ARN of a function's queue."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{function_name(function)}"


def message_id(number: int) -> str:
    """A message's id as SQS shows it."""
    return f"00000000-0000-4000-8000-{number:012x}"


def message_number(id_: str) -> int:
    """The number in a message's id."""
    return int(id_.rpartition("-")[2], 16)


def batch_event(function: Function, messages: Sequence[Message]) -> dict[str, Any]:
    """The event of a batch of messages."""
    arn = queue_arn(function)
    return {"Records": [_record(message, arn) for message in messages]}


def _record(message: Message, arn: str) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    if message.generation:
        attributes["generation"] = {
            "stringValue": str(message.generation),
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": "Number",
        }
    return {
        "messageId": message_id(message.id),
        "receiptHandle": f"{message.id}-{message.receives}",
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "SentTimestamp": str(message.sent),
            "SenderId": ACCOUNT,
            "ApproximateFirstReceiveTimestamp": str(message.sent),
            "MessageGroupId": message.tenant,
        },
        "messageAttributes": attributes,
        "md5OfBody": hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }


def http_event(request: Request) -> dict[str, Any]:
    """The event of an HTTP API, payload format 2.0."""
    headers = {name: ",".join(values) for name, values in _grouped(request.headers).items()}
    cookies = headers.pop("cookie", None)
    body, encoded = _body(request, headers.get("content-type", ""))
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"ANY {request.resource}",
        "rawPath": unquote(request.path),
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": headers.get("host", ""),
            "domainPrefix": API_ID,
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request.request_id,
            "routeKey": f"ANY {request.resource}",
            "stage": "$default",
            "time": _clf(request.at),
            "timeEpoch": int(request.at * 1000),
        },
        "isBase64Encoded": encoded,
    }
    if cookies is not None:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if request.query:
        query = _grouped(parse_qsl(request.query, keep_blank_values=True))
        event["queryStringParameters"] = {name: ",".join(values) for name, values in query.items()}
    if request.proxy is not None:
        event["pathParameters"] = {"proxy": unquote(request.proxy)}
    if body is not None:
        event["body"] = body
    return event


def rest_event(request: Request) -> dict[str, Any]:
    """The event of a REST API with proxy integration."""
    headers = _grouped((_title(name), value) for name, value in request.headers)
    query = _grouped(parse_qsl(request.query, keep_blank_values=True))
    first = {name: values[-1] for name, values in headers.items()}
    body, encoded = _body(request, first.get("Content-Type", ""))
    return {
        "resource": request.resource,
        "path": unquote(request.path),
        "httpMethod": request.method,
        "headers": first,
        "multiValueHeaders": headers,
        "queryStringParameters": {n: v[-1] for n, v in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": None if request.proxy is None else {"proxy": unquote(request.proxy)},
        "stageVariables": None,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": first.get("Host", ""),
            "domainPrefix": API_ID,
            "httpMethod": request.method,
            "identity": {
                "sourceIp": request.source_ip,
                "userAgent": first.get("User-Agent", ""),
            },
            "path": request.path,
            "protocol": "HTTP/1.1",
            "requestId": request.request_id,
            "requestTime": _clf(request.at),
            "requestTimeEpoch": int(request.at * 1000),
            "resourceId": "embedded",
            "resourcePath": request.resource,
            "stage": "embedded",
        },
        "body": body,
        "isBase64Encoded": encoded,
    }


def answer_of(result: Any) -> Answer:
    """What API Gateway makes of a function's result.

    Raises:
        ValueError: the result is not one that API Gateway would take.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        raise ValueError(f"result is {type(result).__name__}; a function answers with a statusCode")
    headers = [
        (name.lower(), _text(value)) for name, value in (result.get("headers") or {}).items()
    ]
    for name, values in (result.get("multiValueHeaders") or {}).items():
        headers = [header for header in headers if header[0] != name.lower()]
        headers += [(name.lower(), _text(value)) for value in values]
    headers += [("set-cookie", cookie) for cookie in result.get("cookies") or ()]
    text = result.get("body") or ""
    body = base64.b64decode(text) if result.get("isBase64Encoded") else text.encode()
    return Answer(int(result["statusCode"]), tuple(headers), body)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value)


def _grouped(pairs: Any) -> dict[str, list[str]]:
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        grouped[name].append(value)
    return dict(grouped)


def _body(request: Request, content_type: str) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if not kind or kind.startswith(_TEXT) or kind.endswith(("+json", "+xml", "urlencoded")):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), True


def _title(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def _clf(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


Shape = Callable[[Request], dict[str, Any]]
