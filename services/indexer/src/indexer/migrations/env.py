from shared.db.migrations import run_env
from shared.index.tables import IndexRow

run_env(IndexRow.metadata)
