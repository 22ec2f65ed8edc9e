"""A public web catalog from its bundle, told to use a system of ours."""

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from typing_extensions import override

_ENVIRONMENTS = Path(__file__).resolve().parents[3] / ".venvs"
_FOREIGN = re.compile(rb'<(script|link)[^>]*"https://[^>]*>(</script>)?')
"""Fonts, and a script from a domain that has since been taken over."""


def bundle(generation: str) -> Path:
    """There once `make .state/quilt-catalog-<generation>` was run."""
    return _ENVIRONMENTS / f"quilt-catalog-{generation}" / "quilt3_local" / "catalog_bundle"


@contextmanager
def served(files: Path, configured_at: str) -> Iterator[str]:
    """Its address; `configured_at` is where `config.json` and `config.js` come from."""
    configuration = {path: httpx.get(configured_at + path) for path in ("/config.json", "/config.js")}

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(files))

        @override
        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            if found := configuration.get(path):
                self._say(found.content, found.headers["Content-Type"])
            elif path != "/" and (files / path.lstrip("/")).is_file():
                super().do_GET()
            else:
                self._say(_FOREIGN.sub(b"", (files / "index.html").read_bytes()), "text/html")

        def _say(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
