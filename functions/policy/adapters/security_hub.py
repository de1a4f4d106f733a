"""AWS Security Hub of an account, entered by the role that its owner made for Steward."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, Final

from functions.policy.model.hub import MOST, Hub
from functions.policy.ports import HubFailure
from steward.errors import Denied, StewardError, Throttled, Transient

_SESSION: Final = "steward-security-hub"
_PASSING: Final = frozenset(
    {"InternalException", "LimitExceededException", "Throttling", "ThrottlingException"}
    | {"TooManyRequestsException", "RequestLimitExceeded", "ServiceUnavailable"}
)
_ENTRY: Final = "sts"
Clients = Callable[[str, str, Mapping[str, str]], Any]
"""Opens a client of boto3's: service, region, credentials (none for the function's own)."""


class AwsSecurityHub:
    """Imports findings as the default product of an account."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def send(
        self, hub: Hub, region: str, documents: Sequence[Mapping[str, Any]]
    ) -> Sequence[HubFailure]:
        """Import documents, at most a hundred, and set their workflow; those that failed.

        Raises:
            Denied: the role does not let Steward in, or may not import.
            Transient: Security Hub or STS does not answer, or asks for a slower pace.
        """
        client = self._clients("securityhub", region, self._keys(hub, region))
        answer = _called(client, "batch_import_findings", Findings=list(documents))
        failed = [
            HubFailure(each["Id"], each["ErrorCode"], each["ErrorMessage"])
            for each in answer.get("FailedFindings", ())
        ]
        lost = {failure.id for failure in failed}
        return [*failed, *self._moved(client, [d for d in documents if d["Id"] not in lost])]

    def _moved(self, client: Any, documents: Sequence[Mapping[str, Any]]) -> list[HubFailure]:
        # An import sets the workflow of new findings only; afterwards it is for BatchUpdateFindings.
        failed: list[HubFailure] = []
        for status in sorted({document["Workflow"]["Status"] for document in documents}):
            named = ({"Id": d["Id"], "ProductArn": d["ProductArn"]} for d in _of(documents, status))
            while identifiers := list(islice(named, MOST)):
                answer = _called(
                    client,
                    "batch_update_findings",
                    FindingIdentifiers=identifiers,
                    Workflow={"Status": status},
                )
                failed += [
                    HubFailure(
                        each["FindingIdentifier"]["Id"], each["ErrorCode"], each["ErrorMessage"]
                    )
                    for each in answer.get("UnprocessedFindings", ())
                ]
        return failed

    def _keys(self, hub: Hub, region: str) -> Mapping[str, str]:
        answer = _called(
            self._clients(_ENTRY, region, {}),
            "assume_role",
            RoleArn=hub.role,
            RoleSessionName=_SESSION,
            ExternalId=hub.external_id,
            DurationSeconds=900,
        )
        made = answer["Credentials"]
        return {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
            "aws_session_token": made["SessionToken"],
        }


def client(service: str, region: str, keys: Mapping[str, str]) -> Any:
    """A client of boto3's, over the process's one session."""
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=5, read_timeout=30
    )
    return _session().create_client(service, region_name=region, config=config, **keys)


@cache
def _session() -> Any:
    # 150 ms of botocore, which only who pushes should pay.
    from botocore.session import get_session

    return get_session()


def _of(documents: Sequence[Mapping[str, Any]], status: str) -> list[Mapping[str, Any]]:
    return [document for document in documents if document["Workflow"]["Status"] == status]


def _called(client: Any, operation: str, **arguments: Any) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return getattr(client, operation)(**arguments)
    except ClientError as error:
        raise _translated(error) from error
    except BotoCoreError as error:
        raise Transient(f"{operation}: {error}; try again") from error


def _translated(error: Any) -> StewardError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _PASSING:
        return Throttled(f"{error}; try again")
    if status >= 500:  # noqa: PLR2004  # the far side's own trouble, RFC 9110 section 15.6
        return Transient(f"{error}; try again")
    return Denied(str(error))
