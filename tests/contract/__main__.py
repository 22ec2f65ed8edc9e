"""`make openapi`: renew the snapshot of the OpenAPI document. Its difference is to be reviewed."""

import argparse
import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    argparse.ArgumentParser("python -m tests.contract", description=__doc__).parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    made = import_module("support.data.openapi_document")
    made.SNAPSHOT.write_text(made.rendered(made.published()))
