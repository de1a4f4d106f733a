"""Wide, append-heavy facts as immutable Parquet files, and the rows that say which of them count.

`pointer` has the rows, `lake` writes files and moves the rows, `copies` brings files to this machine,
`reading` opens them with DuckDB, and `sandbox` runs a stranger's SQL over them.
"""
