"""A framework's report as the answer of a route."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final, Literal, TypeAlias

from aws_lambda_powertools.event_handler import Response

from functions.policy.adapters import compliance_report
from functions.policy.service.reporting import Reported
from steward.edge import papers

Print: TypeAlias = Literal["html", "pdf"]

PDF: Final = "application/pdf"
PRINTED: Final = papers.Shows(("text/html", PDF))
PDF_MOST: Final = 500
"""Findings in a PDF that is made while somebody waits: a gateway waits for 30 s."""


def printed(report: Reported, to: Print) -> Response[Any]:
    """The report, complete in itself; named as a file where it is one."""
    view = report.view.model_dump(mode="json")
    dumped = (one.model_dump(mode="json") for one in report.findings)
    rows = compliance_report.bearing_on(view, dumped)
    if to == "html":
        body = compliance_report.html(view, rows, cut=report.cut)
        return papers.page(body, style=compliance_report.STYLE)
    paper = compliance_report.pdf(view, rows, most=PDF_MOST, cut=report.cut)
    named: dict[str, str | list[str]] = {
        "Content-Disposition": f'inline; filename="{report.view.framework}.pdf"'
    }
    return Response(HTTPStatus.OK, PDF, paper, headers=named)
