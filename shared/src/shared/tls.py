"""Settings of TLS for clients, read once per process: the certificates of all authorities take 20 ms to read."""

import os
import ssl
from functools import cache

import httpx


def http_tls() -> ssl.SSLContext:
    """The authorities that httpx trusts: those of SSL_CERT_FILE or SSL_CERT_DIR, else those of certifi."""
    return _http_tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _http_tls(*_named: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()


@cache
def tls_of(certificates: str) -> ssl.SSLContext:
    """The authorities in this file alone."""
    return ssl.create_default_context(cafile=certificates)
