from registry.db.tables import RegistryRow
from registry.quilt2.db import tables as _quilt2  # noqa: F401 – known to the metadata from here on
from shared.db.migrations import run_env

run_env(RegistryRow.metadata)
