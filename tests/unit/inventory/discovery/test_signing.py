"""Our signatures are botocore's."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import NoCredentialsError
from hypothesis import given
from hypothesis import strategies as st

from functions.inventory.adapters.discovery.boto import botocore_session
from functions.inventory.adapters.signing import S3Signer, Signer, sign_quickly

KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI", "token")
WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8)
HOSTS = ("sqs.eu-west-1.amazonaws.com", "127.0.0.1:5000", "x.example:443", "[::1]:8080")
requests = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "POST", "HEAD", "put"]),
        "url": st.builds(
            lambda scheme, host, path, query: f"{scheme}://{host}/{path}{query}",
            st.sampled_from(["http", "https"]),
            st.sampled_from(HOSTS),
            st.lists(WORDS, max_size=3).map(lambda words: "/".join(map(quote, words))),
            st.lists(st.tuples(WORDS, WORDS), max_size=3).map(
                lambda pairs: (
                    "?" * bool(pairs) + "&".join(f"{quote(a)}={quote(b)}" for a, b in pairs)
                )
            ),
        ),
        "headers": st.dictionaries(
            st.sampled_from(
                ["X-Amz-Target", "Content-Type", "User-Agent", "x-a", "Expect", "Date"]
            ),
            st.text("ab 1\t", min_size=1, max_size=9).filter(str.strip),
        ),
        "data": st.one_of(
            st.none(),
            st.binary(max_size=20),
            st.text("aé", max_size=5),
            st.dictionaries(WORDS, WORDS, max_size=3),
        ),
    }
)


def theirs(kind: Any, asked: dict[str, Any], instant: str) -> str:
    """What botocore's own signer would have put there at that instant."""
    signer, request = kind(KEYS, "sqs", "eu-west-1"), AWSRequest(**asked)
    request.context["timestamp"] = instant
    signer._modify_request_before_signing(request)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))
    return str(request.headers["Authorization"])


@pytest.mark.parametrize(("ours", "botocores"), [(Signer, SigV4Auth), (S3Signer, S3SigV4Auth)])
@given(asked=requests)
def test_a_request_is_signed_as_botocore_signs_it(
    ours: Any, botocores: Any, asked: dict[str, Any]
) -> None:
    request = AWSRequest(**asked)
    ours(KEYS, "sqs", "eu-west-1").add_auth(request)
    instant = request.context["timestamp"]
    assert request.headers["Authorization"] == theirs(botocores, asked, instant)


def test_nothing_is_signed_without_credentials() -> None:
    with pytest.raises(NoCredentialsError):
        Signer(None, "sqs", "eu-west-1").add_auth(AWSRequest("GET", "https://x.example/"))


@pytest.mark.parametrize(
    ("name", "said", "context", "chosen"),
    [
        ("sqs", "v4", {}, "steward-v4"),
        ("s3", "s3v4", {"auth_type": "v4"}, "steward-s3v4"),
        ("sqs", "v4", {"auth_type": "none"}, None),
        ("s3", "s3v4", {"auth_type": "v4-s3express"}, None),
        ("events", "v4", {"auth_type": "v4a"}, None),
        ("sqs", "v4", {"unsigned_payload": True}, None),
    ],
)
def test_what_is_no_plain_signature_is_left_to_botocore(
    name: str, said: str, context: dict[str, Any], chosen: str | None
) -> None:
    client = botocore_session().create_client("sqs", region_name="eu-west-1")
    sign_quickly(client)
    found = client.meta.events.emit(
        "choose-signer.sqs.ListQueues",
        signing_name=name,
        region_name="eu-west-1",
        signature_version=said,
        context=dict(context),
    )
    assert found[0][1] == chosen
