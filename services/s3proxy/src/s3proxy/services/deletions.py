"""`DeleteObjects`: the document with the keys is parsed and written again, so that the store gets exactly the keys that were checked."""

import base64
import hashlib
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from multidict import CIMultiDict

from s3proxy.errors import AccessDenied, InvalidRequest, NotImplementedHere
from s3proxy.services.addresses import require_key

MAX_BYTES = 2 << 20
MAX_KEYS = 1000
_LINE_ENDS: Final = {"\r": "&#13;", "\n": "&#10;"}


class _Document:
    def __init__(self) -> None:
        self.keys: list[str] = []
        self.quiet = ""
        self._path: tuple[str, ...] = ()

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._path = (*self._path, name.rpartition(" ")[2])
        match self._path:
            case ("Delete", "Object", "VersionId"):
                raise AccessDenied("Your role does not permit deleting versions")
            case ("Delete", "Object", "Key"):
                self.keys.append("")
            case ("Delete",) | ("Delete", "Object" | "Quiet"):
                pass
            case _:
                raise NotImplementedHere(f"{name[:50]} is not supported in DeleteObjects")

    def text(self, text: str) -> None:
        if self._path[-1] == "Key":
            self.keys[-1] += text
        elif self._path[-1] == "Quiet":
            self.quiet += text

    def end(self, _name: str) -> None:
        self._path = self._path[:-1]

    def refuse_document_type(self, *_: object) -> None:
        raise InvalidRequest("A document type is not allowed in the document")


def rewritten(body: bytes) -> bytes:
    """The document with nothing but its keys and `Quiet`; raises S3Error."""
    document = _Document()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = document.start, document.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = document.text, document.refuse_document_type
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise InvalidRequest(f"The document is not valid XML: {error}") from error
    if not 0 < len(document.keys) <= MAX_KEYS or not all(document.keys):
        raise InvalidRequest(f"DeleteObjects takes 1 to {MAX_KEYS:,} keys")
    for key in document.keys:
        require_key(key)
    quiet = "<Quiet>true</Quiet>" if document.quiet.strip() == "true" else ""
    objects = "".join(f"<Object><Key>{escape(key, _LINE_ENDS)}</Key></Object>" for key in document.keys)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Delete>{objects}{quiet}</Delete>'.encode()


def set_body_headers(headers: CIMultiDict[str], body: bytes) -> None:
    """Set length and hashes in the headers to those of this body."""
    for name in [*headers]:
        if name.lower().startswith(("x-amz-checksum-", "x-amz-trailer", "x-amz-decoded-", "x-amz-sdk-checksum")):
            headers.popall(name, None)
    headers["Content-MD5"] = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    headers["x-amz-content-sha256"] = hashlib.sha256(body).hexdigest()
    headers["Content-Length"] = str(len(body))
