"""Real clients of boto3's given odd answers at the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError
from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.adapters.discovery.aws import AwsDiscovery
from functions.inventory.adapters.discovery.boto import BotoCloud, botocore_session
from functions.inventory.adapters.discovery.shapes import instant, loose, text
from functions.inventory.model.discovery import Call, Found, Interrupted, Kind, Part, Refused
from tests.unit.inventory.discovery.scripted import ACCOUNT, REGION

LISTED = Call("ecs", REGION, "ListClusters", {})


class Raw:
    """The body of a response."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, *_: Any, **__: Any) -> list[bytes]:
        return [self.body]


def wired(answer: Callable[[], Any]) -> BotoCloud:
    """A cloud whose clients send nothing and take what is given for the response."""

    def client(service: str, region: str) -> Any:
        made = botocore_session().create_client(
            service,
            region_name=region,
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )
        made.meta.events.register("before-send.*.*", lambda **_: answer())
        return made

    return BotoCloud(client)


def answering(body: Any, status: int = 200, **headers: str) -> Callable[[], AWSResponse]:
    packed = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda: AWSResponse("https://x.example", status, headers, Raw(packed))


def kind_of(answer: Callable[[], Any], call: Call = LISTED) -> Kind:
    try:
        wired(answer).ask(call)
    except (Refused, Interrupted) as error:
        problem = error.problem
    else:
        pytest.fail("it was answered")
    assert (problem.service, problem.region, problem.operation) == call[:3]
    assert problem.code
    return problem.kind


def raising(error: Exception) -> Callable[[], Any]:
    def answer() -> Any:
        raise error

    return answer


def clusters(**described: Any) -> list[Found]:
    arn = "arn:aws:ecs:eu-west-1:111122223333:cluster/a"
    answers = iter([{"clusterArns": [arn]}, {"clusters": [{"clusterArn": arn, **described}]}])

    def answer() -> AWSResponse:
        return answering(next(answers))()

    cloud = wired(answer)
    discovery = AwsDiscovery(cloud, account=ACCOUNT, regions=[REGION])
    pages = discovery.pages(Part(account=ACCOUNT, region=REGION, group="ecs"))
    return [next(pages)]


@pytest.mark.parametrize(
    ("code", "status", "message", "kind"),
    [
        ("AccessDeniedException", 400, "not authorized to perform", Kind.DENIED),
        ("UnauthorizedOperation", 403, "", Kind.DENIED),
        ("AccessDeniedException", 403, "Macie is not enabled", Kind.NOT_ENABLED),
        ("OptInRequired", 403, "", Kind.NOT_ENABLED),
        ("UnrecognizedClientException", 400, "The security token is invalid", Kind.NOT_ENABLED),
        ("ExpiredTokenException", 400, "", Kind.EXPIRED),
        ("ExpiredToken", 403, "", Kind.EXPIRED),
        ("UnknownOperationException", 404, "", Kind.UNSUPPORTED),
        ("ClusterNotFoundException", 404, "", Kind.REFUSED),
    ],
)
def test_an_error_answer_is_known_for_what_it_is(
    code: str, status: int, message: str, kind: Kind
) -> None:
    assert kind_of(answering({"__type": code, "message": message}, status)) is kind


def test_what_does_not_answer_may_answer_later_and_what_is_not_there_may_not() -> None:
    error = EndpointConnectionError(endpoint_url="https://ecs.nowhere.example")
    assert kind_of(raising(error)) is Kind.UNREACHABLE
    nowhere = Call("ecs", "xx-nowhere-1", "ListClusters", {})
    assert kind_of(raising(error), nowhere) is Kind.UNSUPPORTED
    assert kind_of(raising(ConnectTimeoutError(endpoint_url="https://x"))) is Kind.UNREACHABLE
    assert kind_of(raising(NoCredentialsError())) is Kind.DENIED


@pytest.mark.parametrize("service", ["ecs", "sns", "lambda", "s3", "ec2"])
def test_a_page_that_is_no_answer_is_not_an_empty_listing(service: str) -> None:
    operations = {"ecs": "ListClusters", "sns": "ListTopics", "lambda": "ListFunctions"}
    operations |= {"s3": "ListBuckets", "ec2": "DescribeVolumes"}
    call = Call(service, REGION, operations[service], {})
    for page in (b"<html>busy</html>", b"<!DOCTYPE html><html></html>", b"try later"):
        assert kind_of(answering(page), call) is Kind.BROKEN


def test_an_empty_listing_is_one() -> None:
    assert wired(answering({})).ask(LISTED) == {}
    assert wired(answering({"clusterArns": []})).ask(LISTED) == {"clusterArns": []}


def test_wrong_parameters_are_refused_before_anything_is_sent() -> None:
    assert kind_of(answering({}), LISTED._replace(parameters={"maxResults": "x"})) is Kind.REFUSED


def test_names_keep_their_letters_and_control_characters() -> None:
    name = "tab\there \u0001 \u202e Ωμέγα 🜁"
    [page] = clusters(clusterName=name)
    assert page.resources[0].facts.name == name


def test_two_hundred_tags_are_all_kept() -> None:
    tags = [{"key": f"key-{n}", "value": str(n)} for n in range(200)]
    [page] = clusters(tags=tags)
    assert len(page.resources[0].facts.tags) == 200


def test_a_configuration_of_five_megabytes_is_kept_whole() -> None:
    [page] = clusters(clusterName="x" * 5_000_000)
    assert len(page.resources[0].facts.configuration["clusterName"]) == 5_000_000


def test_a_malformed_instant_is_kept_and_spoils_no_other_resource() -> None:
    services = {"services": [{"serviceArn": "a", "createdAt": "the day before yesterday"}]}
    call = Call("ecs", REGION, "DescribeServices", {"services": ["a"]})
    answer = wired(answering(services)).ask(call)
    assert answer["services"][0]["createdAt"] == "the day before yesterday"


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])))
def test_an_instant_is_the_same_instant_in_utc(moment: datetime) -> None:
    written = instant(moment)
    if written.endswith("Z"):
        assert datetime.fromisoformat(written) == moment


@given(st.text())
def test_any_text_can_be_stored(value: str) -> None:
    assert text(value).encode().decode() == text(value)
    assert text(value) == value or any("\ud800" <= one <= "\udfff" for one in value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.binary() | st.datetimes(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_anything_becomes_json(value: Any) -> None:
    assert json.dumps(loose(value), allow_nan=False)
