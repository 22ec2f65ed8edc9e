from registry.db.tables import RegistryRow
from shared.db.migrations import run_env

run_env(RegistryRow.metadata)
