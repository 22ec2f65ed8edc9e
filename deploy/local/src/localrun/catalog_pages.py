"""The files of the web catalog, as `make` built them."""

from pathlib import Path

from aiohttp import web

_FOREVER = "public, max-age=31536000, immutable"
"""Cache-Control of files whose names contain the hash of their content."""
_FRAME_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
"""Policy of the frame that draws diagrams with inline styles, in an origin of its own."""
_CHART_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'; img-src data: blob:; font-src data:; connect-src {s3proxy_url}/-/browse/"
)
"""Policy of the frame that draws charts: expressions of charts are compiled, and genome tracks are read in ranges."""


class CatalogPages:
    """Paths without a file are answered with the application, which routes them itself."""

    def __init__(self, directory: Path, registry_url: str, s3proxy_url: str) -> None:
        self._directory = directory.resolve()
        self._headers = {
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
                f"img-src 'self' blob: {s3proxy_url}; media-src {s3proxy_url}; connect-src 'self' {registry_url} {s3proxy_url}; "
                f"frame-src 'self' {s3proxy_url}/-/browse/; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        self._policies = {
            "/diagram-frame.html": _FRAME_POLICY,
            "/chart-frame.html": _CHART_POLICY.format(s3proxy_url=s3proxy_url),
        }

    def file(self, path: str) -> Path | None:
        """The file for a path; None for an asset that this version of the application does not have."""
        try:
            found = (self._directory / path.lstrip("/")).resolve()
            if found.is_file() and found.is_relative_to(self._directory):
                return found
        except (OSError, ValueError):
            pass  # no file can have this name
        return None if path.startswith("/assets/") else self._directory / "index.html"

    def headers(self, path: str) -> dict[str, str]:
        policy = self._policies.get(path, self._headers["Content-Security-Policy"])
        return {
            **self._headers,
            "Content-Security-Policy": policy,
            "Cache-Control": _FOREVER if path.startswith("/assets/") else "no-cache",
        }

    def answer(self, path: str) -> web.StreamResponse | None:
        """The answer to a path; None when there is no file for it."""
        found = self.file(path)
        if found is None or not found.is_file():
            return None
        return web.FileResponse(found, headers=self.headers(path))
