"""`make openapi`: renew the snapshot of the OpenAPI document. Its difference is to be reviewed."""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    made = import_module("support.data.openapi_document")
    made.SNAPSHOT.write_text(made.rendered(made.published()))
