"""Azure and Google Cloud as far as Steward enters them: who trusts whom, who may do what, what there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from jwt.exceptions import PyJWTError

from steward.federation import jwk_of
from steward.signing import PublicKey
from tests.functional.inventory.wire import Answer, Asked

DIRECTORY = "72f988bf-86f1-41af-91ab-2d7cd011db47"
CLIENT = "3e1b0f14-33d4-4b0a-a5a2-7f5c8f2d5f11"
SUBSCRIPTION = "ea42f556-5106-4743-99b0-c129bfa71a47"
PROJECT, NUMBER = "shop-prod", "123456789012"
ADDRESS = f"steward-reader@{PROJECT}.iam.gserviceaccount.com"
POOL = f"projects/{NUMBER}/locations/global/workloadIdentityPools/steward-reader"
PROVIDER = f"//iam.googleapis.com/{POOL}/providers/steward-reader"
ISSUER = "https://steward.example.com"
HOSTS = (
    "login.microsoftonline.com",
    "management.azure.com",
    "sts.googleapis.com",
    "iamcredentials.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudasset.googleapis.com",
    "westeurope.metrics.monitor.azure.com",
    "monitoring.googleapis.com",
)
Trusts = Callable[[str], bool]


def nobody(_: str) -> bool:
    return False


@dataclass
class OtherClouds:
    """Both clouds; the key is what Steward shows at its issuer's address."""

    key: Callable[[], PublicKey]
    entra: Trusts = nobody
    pool: Trusts = nobody
    roles: list[dict[str, Any]] = field(default_factory=lambda: [{"actions": ["*/read"]}])
    held: set[str] = field(
        default_factory=lambda: {
            "cloudasset.assets.listResource",
            "cloudasset.assets.listIamPolicy",
            "cloudasset.assets.searchAllResources",
            "monitoring.timeSeries.list",
            "resourcemanager.projects.get",
        }
    )
    rows: list[dict[str, Any]] = field(default_factory=list)
    containers: list[dict[str, Any]] = field(default_factory=list)
    assets: list[dict[str, Any]] = field(default_factory=list)
    policies: list[dict[str, Any]] = field(default_factory=list)
    below: list[dict[str, Any]] = field(default_factory=list)
    projects: list[dict[str, Any]] = field(default_factory=list)
    page: int = 2
    faults: dict[str, list[int]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)

    def give(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        left = self.faults.get(asked.host)
        if left:
            status = left.pop(0)
            return status, {"error": {"code": status, "status": "SLOW", "message": "slow down"}}
        return _HOSTS[asked.host](self, asked)

    def login(self, asked: Asked) -> Answer:
        form = asked.form
        subject = self._subject(form["client_assertion"], "api://AzureADTokenExchange")
        known = asked.path.startswith(f"/{DIRECTORY}/") and form["client_id"] == CLIENT
        if not known or subject is None or not self.entra(subject):
            text = f"AADSTS700213: No matching federated identity record found for '{subject}'."
            return 401, {"error": "invalid_client", "error_description": text}
        return 200, {
            "access_token": self._token(_FOR.get(form["scope"], "azure")),
            "expires_in": 3600,
            "token_type": "Bearer",
        }

    def arm(self, asked: Asked) -> Answer:
        if self.tokens.get(asked.bearer) != "azure":
            return 401, {"error": {"code": "ExpiredAuthenticationToken", "message": "ended"}}
        own = f"/subscriptions/{SUBSCRIPTION}"
        match asked.path:
            case "/providers/Microsoft.ResourceGraph/resources":
                return 200, self._rows(asked.json)
            case path if path == own:
                return 200, {"subscriptionId": SUBSCRIPTION, "state": "Enabled"}
            case path if path == f"{own}/providers/Microsoft.Authorization/permissions":
                return 200, {"value": self.roles}
            case "/subscriptions":
                return 200, {"value": [{"subscriptionId": SUBSCRIPTION, "state": "Enabled"}]}
            case "/providers/Microsoft.Management/managementGroups/shop/descendants":
                return 200, {"value": self.below}
        return 403, {"error": {"code": "AuthorizationFailed", "message": f"no {asked.path}"}}

    def sts(self, asked: Asked) -> Answer:
        form = asked.form
        subject = self._subject(form["subject_token"], PROVIDER)
        if form["audience"] != PROVIDER or subject is None or not self.pool(subject):
            text = "The given credential is rejected by the attribute condition."
            return 400, {"error": "unauthorized_client", "error_description": text}
        return 200, {
            "access_token": self._token("federated"),
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
            "expires_in": 3600,
        }

    def impersonate(self, asked: Asked) -> Answer:
        account = f"/v1/projects/-/serviceAccounts/{ADDRESS}:generateAccessToken"
        if self.tokens.get(asked.bearer) != "federated" or asked.path != account:
            return 403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "no"}}
        until = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return 200, {"accessToken": self._token("gcp"), "expireTime": until}

    def manager(self, asked: Asked) -> Answer:
        if self.tokens.get(asked.bearer) != "gcp" or PROJECT not in asked.path:
            return _forbidden(asked)
        if asked.path.endswith(":testIamPermissions"):
            wanted = asked.json["permissions"]
            return 200, {"permissions": [one for one in wanted if one in self.held]}
        return 200, {"name": f"projects/{NUMBER}", "projectId": PROJECT, "state": "ACTIVE"}

    def inventory(self, asked: Asked) -> Answer:
        if self.tokens.get(asked.bearer) != "gcp":
            return 401, {"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "ended"}}
        if asked.path == "/v1/organizations/42:searchAllResources":
            return 200, self._cut(
                "results", "nextPageToken", self.projects, asked.query.get("pageToken")
            )
        if asked.path != f"/v1/projects/{PROJECT}/assets" or not self.held:
            return _forbidden(asked)
        given = self.policies if asked.query.get("contentType") == "2" else self.assets
        return 200, self._cut("assets", "nextPageToken", given, asked.query.get("pageToken"))

    def monitor(self, asked: Asked) -> Answer:
        if self.tokens.get(asked.bearer) != "azure monitor":
            return 401, {"error": {"code": "InvalidAuthenticationToken", "message": "ended"}}
        data = [{"timeStamp": one, "average": 7.0} for one in hours_of(asked.query["starttime"])]
        name = {"value": asked.query["metricnames"]}
        metric = {
            "name": name,
            "timeseries": [{"metadatavalues": [], "data": data}],
            "errorCode": "Success",
        }
        values = [{"resourceid": one, "value": [metric]} for one in asked.json["resourceids"]]
        return 200, {"values": values}

    def series(self, asked: Asked) -> Answer:
        if self.tokens.get(asked.bearer) != "gcp":
            return 401, {"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "ended"}}
        points = [
            {"interval": {"endTime": one}, "value": {"doubleValue": 0.07}}
            for one in hours_of(asked.query["interval.startTime"], first=1)
        ]
        labels = {"project_id": PROJECT, "zone": "europe-west1-b"}
        metric = {"labels": {"instance_name": "orders"}}
        return 200, {
            "timeSeries": [{"metric": metric, "resource": {"labels": labels}, "points": points}]
        }

    def count(self, host: str, part: str = "") -> int:
        """The requests that a host got for paths with this part."""
        return sum(one.host == host and part in one.path for one in self.asked)

    def _rows(self, query: Mapping[str, Any]) -> dict[str, Any]:
        assert query["subscriptions"] == [SUBSCRIPTION]
        from_containers = query["query"].startswith("resourcecontainers")
        rows = self.containers if from_containers else self.rows
        token = query["options"].get("$skipToken")
        answer = self._cut("data", "$skipToken", rows, token)
        counts = {"totalRecords": len(rows), "count": len(answer["data"])}
        return {**answer, **counts, "facets": [], "resultTruncated": "false"}

    def _cut(self, name: str, more: str, all_: list[Any], token: str | None) -> dict[str, Any]:
        start = int(token or 0)
        end = start + self.page
        return {name: all_[start:end], **({more: str(end)} if end < len(all_) else {})}

    def _token(self, kind: str) -> str:
        token = f"{kind}-{len(self.tokens)}"
        self.tokens[token] = kind
        return token

    def _subject(self, assertion: str, audience: str) -> str | None:
        """Whom a token of Steward speaks for; None when it does not hold."""
        shown = jwt.PyJWK.from_dict(jwk_of(self.key()))
        try:
            said = jwt.decode(
                assertion, shown, algorithms=["RS256"], audience=audience, issuer=ISSUER
            )
        except PyJWTError:
            return None
        assert said["exp"] - said["iat"] <= 600
        return str(said["sub"])


def hours_of(start: str, *, first: int = 0) -> list[str]:
    """A day's hours from an instant on, as both clouds write them."""
    begin = datetime.fromisoformat(start)
    every = (begin + timedelta(hours=first + n) for n in range(24))
    return [f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in every]


def _forbidden(asked: Asked) -> Answer:
    text = f"The caller does not have permission for {asked.path}"
    return 403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": text}}


_FOR = {"https://metrics.monitor.azure.com/.default": "azure monitor"}
_HOSTS: Mapping[str, Callable[[OtherClouds, Asked], Answer]] = {
    "login.microsoftonline.com": OtherClouds.login,
    "management.azure.com": OtherClouds.arm,
    "sts.googleapis.com": OtherClouds.sts,
    "iamcredentials.googleapis.com": OtherClouds.impersonate,
    "cloudresourcemanager.googleapis.com": OtherClouds.manager,
    "cloudasset.googleapis.com": OtherClouds.inventory,
    "westeurope.metrics.monitor.azure.com": OtherClouds.monitor,
    "monitoring.googleapis.com": OtherClouds.series,
}
