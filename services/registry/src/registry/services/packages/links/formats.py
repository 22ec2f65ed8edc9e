"""Links as programs read them. Names of files that a program could take for something else are refused."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from registry.errors import NamesUnsafe
from registry.services.packages.links.selection import LinkedFile
from shared.schemas.link import LinkFormat

SHA256 = "SHA256"
"""The one hash of manifests that programs can check. The chunked hash is one of hashes, so it stands in JSON only."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_DRIVE = re.compile(r"[A-Za-z]:")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class LinkSet:
    bucket: str
    package: str
    top_hash: str
    revocable: bool
    notice: str
    expires_at: datetime
    files: Sequence[LinkedFile]
    address: Callable[[int], str]
    """The link of the file at a position."""

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def __iter__(self) -> Iterator[tuple[LinkedFile, str]]:
        return ((file, self.address(at)) for at, file in enumerate(self.files))


@dataclass(frozen=True, slots=True)
class Rendering:
    media_type: str
    ending: str
    """Ending of the name under which browsers save the answer."""
    render: Callable[[LinkSet], Iterator[str]]
    names_files: bool
    """The program makes files of these names, so names must be safe."""


def require_safe_names(files: Sequence[LinkedFile]) -> None:
    """Raises NamesUnsafe for names that leave the folder of a download, or that end a line of a list."""
    if unsafe := [file.path for file in files if not _is_safe(file.path)]:
        raise NamesUnsafe(unsafe)


def _is_safe(path: str) -> bool:
    if _CONTROL.search(path) or "\\" in path or _DRIVE.match(path) or path != path.strip():
        return False
    return not {"", ".", ".."}.intersection(path.split("/"))


def _json(links: LinkSet) -> Iterator[str]:
    head = {
        "bucket": links.bucket,
        "package": links.package,
        "top_hash": links.top_hash,
        "revocable": links.revocable,
        "notice": links.notice,
        "expires_at": links.expires_at.isoformat(),
        "entries": len(links.files),
        "bytes": links.size,
    }
    yield json.dumps(head)[:-1] + ', "items": ['
    for at, (file, url) in enumerate(links):
        yield ("," if at else "") + json.dumps(_item(file, url))
    yield "]}\n"


def _jsonl(links: LinkSet) -> Iterator[str]:
    shared = {"revocable": links.revocable, "expires_at": links.expires_at.isoformat()}
    for file, url in links:
        yield json.dumps({**_item(file, url), **shared}) + "\n"


def _item(file: LinkedFile, url: str) -> dict[str, object]:
    hashed = {"type": file.hash_type, "value": file.hash_value}
    return {"path": file.path, "size": file.size, "hash": hashed, "url": url}


def _aria2(links: LinkSet) -> Iterator[str]:
    yield f"# {links.bucket}/{links.package}@{links.top_hash}\n# {links.notice}\n"
    for file, url in links:
        digest = _sha256(file)
        yield f"{url}\n  out={file.path}\n" + (f"  checksum=sha-256={digest}\n" if digest else "")


def _wget(links: LinkSet) -> Iterator[str]:
    for _, url in links:
        yield f"{url}\n"


def _metalink(links: LinkSet) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<metalink xmlns="urn:ietf:params:xml:ns:metalink">\n'
    yield f"  <!-- {_comment(f'{links.bucket}/{links.package}@{links.top_hash}. {links.notice}')} -->\n"
    for file, url in links:
        digest = _sha256(file)
        hashed = f'<hash type="sha-256">{digest}</hash>' if digest else ""
        yield (f"  <file name={quoteattr(file.path)}><size>{file.size}</size>{hashed}<url>{escape(url)}</url></file>\n")
    yield "</metalink>\n"


def _sha256(file: LinkedFile) -> str | None:
    """The digest that programs can check. Manifests may hold anything as a value."""
    return file.hash_value if file.hash_type == SHA256 and _DIGEST.fullmatch(file.hash_value) else None


def _comment(text: str) -> str:
    """Text for a comment of XML, in which two hyphens must not follow each other."""
    return escape(text).replace("--", "- -")


RENDERINGS: dict[LinkFormat, Rendering] = {
    "json": Rendering("application/json", "json", _json, names_files=False),
    "jsonl": Rendering("application/x-ndjson", "jsonl", _jsonl, names_files=False),
    "aria2": Rendering("text/plain; charset=utf-8", "aria2.txt", _aria2, names_files=True),
    "wget": Rendering("text/plain; charset=utf-8", "wget.txt", _wget, names_files=True),
    "metalink": Rendering("application/metalink4+xml", "meta4", _metalink, names_files=True),
}
