from registry.db.quilt2 import tables as _quilt2  # noqa: F401 – known to the metadata from here on
from registry.db.tables import RegistryRow
from shared.db.migrations import run_env

run_env(RegistryRow.metadata)
