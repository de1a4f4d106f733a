"""A bill of CSV, gzip, as Parquet, zstd, the plain way of each library; prints what it took as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time

LIBRARY, SOURCE, TARGET = sys.argv[1:4]
COLUMNS = json.loads(sys.argv[4])
DECIMALS = [name for name, kind in COLUMNS.items() if kind == "decimal"]
TIMES = [name for name, kind in COLUMNS.items() if kind == "time"]
CHUNK = 100_000


def with_duckdb() -> None:
    """One COPY with exact decimals, and no checks."""
    import duckdb

    sql = {"decimal": "DECIMAL(38,18)", "time": "TIMESTAMP"}
    columns = ", ".join(f"'{name}': '{sql.get(kind, 'VARCHAR')}'" for name, kind in COLUMNS.items())
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
    connection.execute(
        f"COPY (SELECT * FROM read_csv('{SOURCE}', header = true, auto_detect = false, delim = ',', "
        f"quote = '\"', escape = '\"', columns = {{{columns}}})) TO '{TARGET}' "
        "(FORMAT parquet, COMPRESSION zstd)"
    )


def with_polars() -> None:
    """One lazy scan that sinks, with exact decimals."""
    import polars as pl

    schema = dict.fromkeys(COLUMNS, pl.String)
    rows = pl.scan_csv(SOURCE, schema=schema)
    rows = rows.with_columns(
        *(pl.col(name).cast(pl.Decimal(38, 18)) for name in DECIMALS),
        *(pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ") for name in TIMES),
    )
    rows.sink_parquet(TARGET, compression="zstd")


def with_pandas() -> None:
    """Chunk by chunk, with binary fractions, as most do it."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [
        (name, {"decimal": pa.float64(), "time": pa.timestamp("us", "UTC")}.get(kind, pa.string()))
        for name, kind in COLUMNS.items()
    ]
    types = {name: "float64" if kind == "decimal" else "str" for name, kind in COLUMNS.items()}
    with pq.ParquetWriter(TARGET, pa.schema(fields), compression="zstd") as writer:
        for chunk in pd.read_csv(SOURCE, chunksize=CHUNK, dtype=types):
            for name in TIMES:
                chunk[name] = pd.to_datetime(chunk[name], utc=True)
            table = pa.Table.from_pandas(chunk, schema=pa.schema(fields), preserve_index=False)
            writer.write_table(table)


begun, cpu = time.perf_counter(), time.process_time()
{"duckdb": with_duckdb, "polars": with_polars, "pandas": with_pandas}[LIBRARY]()
print(
    json.dumps(
        {
            "cpu": time.process_time() - cpu,
            "wall": time.perf_counter() - begun,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
    )
)
