"""What a complete listing lacks is gone, unless something newer tells of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.inventory.model.resource import Capture, Effect, Facts, Source, Subject
from functions.inventory.service.absences import record_absences
from steward.contracts.inventory import PartShrunk
from tests.unit.inventory.ledgers import NOW, Book

SUBJECT = Subject(account="111111111111", region="eu-west-1", type="AWS::SQS::Queue", native_id="q")


def known(source: Source) -> Book:
    facts = Facts(configuration={"name": "q"})
    return Book.fresh().take(
        Capture(
            subject=SUBJECT,
            at=NOW,
            source=source,
            effect=Effect.CAPTURED,
            key="first",
            rank=11,
            facts=facts,
        )
    )


def gone(book: Book, *, after: timedelta) -> bool:
    shrunk = PartShrunk(
        sweep="s",
        provider="aws",
        account=SUBJECT.account,
        region=SUBJECT.region,
        group="sqs",
        at=NOW + after,
        resources=(SUBJECT.id,),
    )
    record_absences(shrunk, ledger=book.ledger)
    record_absences(shrunk, ledger=book.ledger)
    return book.ledger.resources.require(SUBJECT.id).facts.deleted


@pytest.mark.parametrize(
    ("source", "seconds", "expected"),
    [
        (Source.SWEEP, 60, True),
        (Source.CONFIG, 60, True),
        # The cloud's clock told the same second, or the one before, for the later listing.
        (Source.SWEEP, 0, True),
        (Source.SWEEP, -1, True),
        # A later sweep saw it again before the news of its absence came.
        (Source.SWEEP, -60, False),
        # It came, or came again, after the listing had passed.
        (Source.CONFIG, -1, False),
    ],
)
def test_a_resource_is_gone_when_a_listing_after_its_last_news_lacks_it(
    source: Source, seconds: int, *, expected: bool
) -> None:
    assert gone(known(source), after=timedelta(seconds=seconds)) is expected
