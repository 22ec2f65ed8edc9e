from shared.db.migrations import run_env
from shared.index import comparison_tables, tables

__all__ = ["comparison_tables"]

run_env(tables.IndexRow.metadata)
