"""`Mill` with DuckDB: streams a file of any known format into Parquet, and counts what it wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from functions.cost.adapters.lake_conversion import (
    DELIVERY,
    FORMAT,
    SOURCE,
    VERSION,
    prepare,
    selection,
    written,
)
from functions.cost.adapters.lake_intake import digest_of, opened
from functions.cost.adapters.lake_kinds import sums
from functions.cost.adapters.lake_report import PERIOD, tally
from functions.cost.adapters.lake_rollups import Allotment
from functions.cost.model.focus.rules import missing_for
from functions.cost.model.focus.statement import Tally
from functions.cost.model.formats.format import Format, Names, recognised, version_of
from functions.cost.model.formats.known import FORMATS
from functions.cost.ports import Converted, Rollup
from steward.errors import BadInput, TooLarge
from steward.lake.reading import Means, connect, quoted, scan

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEANS: Final = Means(memory=640 << 20, threads=2)
_NEWEST: Final = "1.4"


@dataclass(frozen=True, slots=True)
class DuckMill:
    """Converts with these means; ``allotment`` says whose a month's costs are in its rollup."""

    allotment: Callable[[str], Allotment]
    means: Means = MEANS

    def convert(
        self, path: Path, *, source: str, delivery: str, place: str, workshop: Path
    ) -> Converted:
        """The rows of a file, one file of the lake a period."""
        connection = connect([path], means=self.means, workshop=workshop, ordered=False)
        try:
            labels = {SOURCE: source, DELIVERY: delivery}
            return self._convert(connection, path, labels, place, workshop)
        finally:
            connection.close()

    def sums(self, files: Sequence[Path], *, month: str, workshop: Path) -> tuple[Rollup, ...]:
        """A month's rows in the lake added up by day, given to teams by the rules that hold."""
        connection = connect(files, means=self.means, workshop=workshop)
        try:
            return sums(connection, scan(list(files)), workshop, by=self.allotment(month))
        finally:
            connection.close()

    def _convert(
        self,
        connection: DuckDBPyConnection,
        path: Path,
        labels: dict[str, str],
        place: str,
        workshop: Path,
    ) -> Converted:
        prepare(connection)
        whole = workshop / "rows.parquet"
        with opened(connection, path, workshop=workshop) as file:
            form = recognised(FORMATS, list(file.names), place)
            version = version_of(file.names) if form.versioned else None
            named = {**labels, FORMAT: form.name, VERSION: version}
            _run(connection, selection(file, form, named), whole, file.check)
        found = tally(connection, scan([whole]))
        return Converted(
            format=form.name,
            version=version,
            digest=digest_of(path),
            tally=_with_missing(found, form, file.names, version),
            files=_by_period(connection, whole, found, workshop),
        )


def _run(connection: DuckDBPyConnection, rows: str, to: Path, check: Callable[[], None]) -> None:
    import duckdb

    try:
        written(connection, rows, to)
    except duckdb.OutOfMemoryException as error:
        raise TooLarge(
            "file: takes more memory than there is; deliver it in smaller files"
        ) from error
    except duckdb.Error as error:
        # What broke the feed off is the cause of whatever the reader then missed.
        check()
        raise BadInput(_fault(str(error))) from error
    check()


def _fault(message: str) -> str:
    """What DuckDB says of a row, without the options and the paths that it lists behind."""
    said = " ".join(message.partition("Possible fixes")[0].partition("\n\nLINE ")[0].split())
    return f"rows: cannot be read ({said[:250]}); deliver the file anew, as its maker writes it"


def _with_missing(found: Tally, form: Format, names: dict[str, str], version: str | None) -> Tally:
    """The tally with the columns that the format should have and the file has not."""
    given = {one for one in form.reads if form.reading(one, Names(names)) is not None}
    rows = sum(found.rows.values())
    missing = {rule.id: rows for rule in missing_for(given, version or _NEWEST)}
    return found.model_copy(update={"broken": {**found.broken, **missing}})


def _by_period(
    connection: DuckDBPyConnection, whole: Path, found: Tally, workshop: Path
) -> dict[str, Path]:
    if len(found.rows) == 1:
        return dict.fromkeys(found.rows, whole)
    files = {period: workshop / f"{period}.parquet" for period in found.rows}
    for period, path in files.items():
        wanted = f"SELECT * FROM {scan([whole])} WHERE {PERIOD} = {quoted(period)}"
        written(connection, wanted, path)
    whole.unlink()
    return files
