"""Imports modules as if only some distributions were installed: `limited_imports.py "pydantic httpx …" auth.main …`."""

import importlib
import re
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.metadata import packages_distributions
from types import ModuleType

from typing_extensions import override


class DistributionFilter(MetaPathFinder):
    def __init__(self, installed: set[str]) -> None:
        self._missing = {
            module
            for module, owners in packages_distributions().items()
            if not {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners} & installed
        }

    @override
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        del path, target
        if name.partition(".")[0] in self._missing:
            raise ModuleNotFoundError(f"No module named {name!r} in this image", name=name)


if __name__ == "__main__":
    sys.meta_path.insert(0, DistributionFilter(set(sys.argv[1].split())))
    for wanted in sys.argv[2:]:
        importlib.import_module(wanted)
