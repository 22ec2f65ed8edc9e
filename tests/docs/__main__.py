"""`make docs`: write the pages that are made from the code (`docs/reference`)."""

import argparse
import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    argparse.ArgumentParser("python -m tests.docs", description=__doc__).parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    import_module("support.docs.reference.generate").write()
