"""Tables, statements and answers of TPC-H, by DuckDB's own generator. Run in the environment of the tools: `tpch.py FOLDER SCALE`."""

import json
import sys
from importlib import import_module
from pathlib import Path


def main(folder: Path, scale: str) -> None:
    duckdb = import_module("duckdb").connect()
    import_module("duckdb_extensions").import_extension("tpch", con=duckdb)
    duckdb.execute("LOAD tpch")
    duckdb.execute(f"CALL dbgen(sf = {float(scale)})")
    for (table,) in duckdb.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        duckdb.execute(f"COPY {table} TO '{folder / table}.parquet' (ROW_GROUP_SIZE 250000)")
    statements = dict(duckdb.execute("SELECT query_nr, query FROM tpch_queries()").fetchall())
    (folder / "statements.json").write_text(json.dumps(statements))
    for number in statements:
        answer = duckdb.execute(f"PRAGMA tpch({number})").fetchall()
        (folder / f"{number}.json").write_text(json.dumps(answer, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
