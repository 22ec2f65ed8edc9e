from auth.db.tables import AuthRow
from shared.db.migrations import run_env

run_env(AuthRow.metadata)
