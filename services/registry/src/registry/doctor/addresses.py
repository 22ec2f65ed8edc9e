"""Checks of the public addresses: an answer, and the end of the certificate."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from registry.doctor.findings import Finding, failed, has_expired_certificate, ok, warning

ANSWER_SECONDS = 10.0
RENEWAL = timedelta(days=14)


async def check_address(name: str, url: str) -> Sequence[Finding]:
    check = f"address of the {name}"
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, verify=ssl.create_default_context()) as http:
            answer = await http.get(url)
    except httpx.HTTPError as error:
        said = str(error) or type(error).__name__
        advice = "Its DNS record, the load balancer or front, and its certificate must be as the install page says"
        if has_expired_certificate(said):
            advice = "The certificate has expired: renew it, and see who should have renewed it"
        elif "CERTIFICATE" in said.upper():
            advice = "Renew the certificate, or add the authority that signed it to SSL_CERT_FILE"
        return [failed(check, f"{url}: {said}", advice)]
    if answer.status_code >= 500:
        return [
            failed(
                check, f"{url} answers {answer.status_code}", "See the log of the front and of the service behind it"
            )
        ]
    found = [ok(check, f"{url} answers {answer.status_code}")]
    if url.startswith("https:"):
        found.append(await _certificate(url))
    return found


async def _certificate(url: str) -> Finding:
    parts = urlsplit(url)
    host = parts.hostname or ""
    check = f"certificate of {host}"
    _, writer = await asyncio.open_connection(
        host, parts.port or 443, ssl=ssl.create_default_context(), server_hostname=host
    )
    try:
        held = writer.get_extra_info("peercert")
    finally:
        writer.close()
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(held["notAfter"]), UTC)
    seen = f"valid until {until:%Y-%m-%d}"
    if until - datetime.now(UTC) < RENEWAL:
        return warning(check, seen, "It should have been renewed by now: see who renews it")
    return ok(check, seen)
