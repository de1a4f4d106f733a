"""The audit trail over HTTP: entries, proofs, verifications, signed heads, exports."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AwareDatetime, BeforeValidator

from functions.audit.adapters.offline import heading
from functions.audit.model.chain import HEAD, Head
from functions.audit.model.export import Format
from functions.audit.model.records import Job, Request
from functions.audit.model.signed import SignedHead
from functions.audit.service import export, jobs, search
from functions.audit.service.search import (
    AuditSummary,
    EntryDetail,
    EntryView,
    TrailKey,
    Wanted,
    moment,
    no_number,
)
from functions.audit.wiring import Deps, wire
from steward.edge.http import Api, as_json
from steward.store.collection import Page

AUDIT = "/api/v1/audit"
ENTRIES = f"{AUDIT}/entries"
Limit = Annotated[int, Query(ge=1, le=200)]
Text = Annotated[str | None, Query(max_length=512)]
When = Annotated[AwareDatetime | None, BeforeValidator(no_number), Query()]
Number = Annotated[int, Query(ge=0, le=10**12 - 1)]

api: Api[Deps] = Api(wire=wire)


@api.get(ENTRIES, permission="audit:view")
def list_entries(  # noqa: PLR0913  # one parameter for each filter
    *,
    deps: Deps,
    actor: Text = None,
    resource: Text = None,
    verb: Text = None,
    since: When = None,
    until: When = None,
    request: Text = None,
    text: Text = None,
    cursor: Text = None,
    limit: Limit = 50,
) -> Page[EntryView]:
    """The newest entries that all given filters take; a page may be short and yet have a next."""
    wanted = Wanted(actor, resource, verb, moment(since), moment(until), request, text)
    return search.find(wanted, books=deps.books, archive=deps.archive, cursor=cursor, limit=limit)


@api.get(f"{AUDIT}/summary", permission="audit:view")
def summarise(
    *,
    deps: Deps,
    actor: Text = None,
    resource: Text = None,
    since: When = None,
    until: When = None,
) -> AuditSummary:
    """Who did what how often, over the newest entries that the filters take."""
    wanted = Wanted(actor, resource, None, moment(since), moment(until))
    return search.summarise(wanted, books=deps.books, archive=deps.archive)


@api.get(f"{ENTRIES}/<n>", permission="audit:view")
def get_entry(n: int, *, deps: Deps) -> EntryDetail:
    """One entry as it was hashed: personal data in it is sealed."""
    return search.detail(n, books=deps.books, archive=deps.archive)


@api.post(f"{ENTRIES}/<n>/open", permission="audit:export")
def open_entry(n: int, *, deps: Deps) -> EntryDetail:
    """One entry with the personal data opened that was not erased; leaves an entry itself."""
    shown = search.reveal(n, books=deps.books, archive=deps.archive, keys=deps.keys)
    _note(deps, "opening", n, n)
    return shown


@api.get(f"{ENTRIES}/<n>/proof", permission="audit:view")
def prove_entry(n: int, *, deps: Deps) -> dict[str, Any]:
    """What shows an outsider, with a public key alone, that the entry is in the trail."""
    key = deps.signer().public_key()
    return export.proof(n, books=deps.books, archive=deps.archive, key=key)


@api.post(f"{AUDIT}/verify", permission="audit:verify")
def verify(*, deps: Deps) -> Job:
    """Verify the whole trail: at once when it is short, else answer 202 with the job that does it."""
    job = jobs.start(
        deps.fresh_id(),
        books=deps.books,
        archive=deps.archive,
        keys=(deps.signer().public_key(),),
        tenant=deps.tenant,
        publish=deps.publish,
        by=deps.actor,
        now=deps.now,
    )
    if job.status == "done":
        return job
    headers: dict[str, str | list[str]] = {"Location": f"{AUDIT}/jobs/{job.id}"}
    accepted: Any = Response(HTTPStatus.ACCEPTED, "application/json", as_json(job), headers=headers)
    return accepted  # type: ignore[no-any-return]  # the edge takes answers as they are


@api.get(f"{AUDIT}/jobs/<job_id>", permission="audit:verify")
def get_job(job_id: str, *, deps: Deps) -> Job:
    """How far a verification is, and what it came to."""
    return deps.books.jobs.require(job_id)


@api.get(f"{AUDIT}/heads", permission="audit:view")
def list_heads(*, deps: Deps, cursor: Text = None, limit: Limit = 50) -> Page[SignedHead]:
    """The signed heads, newest first."""
    return deps.books.signed.list(after=cursor, limit=limit, descending=True)


@api.get(f"{AUDIT}/keys", permission="audit:view")
def list_keys(*, deps: Deps) -> Page[TrailKey]:
    """The public key that heads are signed by: keep it where nobody here can reach it."""
    return Page((TrailKey(**deps.signer().public_key()._asdict()),))


@api.get(f"{AUDIT}/export", permission="audit:export")
def export_trail(
    *,
    deps: Deps,
    form: Annotated[Format, Query(alias="format")] = "jsonl",
    first: Number = 1,
    last: Annotated[int | None, Query(ge=1)] = None,
    after: Number = 0,
    head: Number = 0,
) -> str:
    """The trail with its signed heads, to be verified anywhere; leaves an entry itself.

    A part that ends in a line of kind ``more`` names what to ask for next, as ``after`` or ``head``.
    """
    span = export.Span(max(first, 1), last, after, head)
    end = (deps.books.head.get(HEAD) or Head()).n
    _note(deps, "export", span.first, min(last or end, end))
    text = heading(form) if span.begins else ""
    text += export.part(
        form,
        span,
        tenant=deps.tenant,
        books=deps.books,
        archive=deps.archive,
        key=deps.signer().public_key(),
    )
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/jsonl"
    answer: Any = Response(HTTPStatus.OK, kind, text)
    return answer  # type: ignore[no-any-return]  # the edge takes answers as they are


def _note(deps: Deps, kind: Any, first: int, last: int) -> None:
    request = Request(
        id=deps.fresh_id(), kind=kind, by=deps.actor, at=deps.now, first=first, last=last
    )
    deps.books.requests.add(request)


handler = api.handler
