"""Packages and objects with metadata, for searches: two buckets that the reader of a test reads, and one that they do not."""

from dataclasses import replace
from datetime import timedelta

from support.fakes.brute_force_search import Document
from support.search_documents import START, object_document, package_document

CELLAR, BREWERY, VAULT = "cellar-of-metadata", "brewery-of-metadata", "vault-of-metadata"
FIRST, SECOND, LATER = 1_700_000_001, 1_700_000_002, 1_700_000_003

_RIESLING = package_document(
    "amy/riesling",
    bucket=CELLAR,
    top_hash="0a1b2c3d" * 8,
    modified=START + timedelta(days=1),
    revisions=2,
    readme="A wine of the Mosel. Riesling is white.",
    message="Add the Riesling of 2026",
    meta={
        "qc": {"level": 3, "passed": True},
        "status": "released",
        "date": "2026-03-01",
        "tags": ["white", "dry"],
        "doi": "10.1/abc",
        "a.b": {"c d": 1.5},
    },
    workflow="strict",
    author="amy",
    total_entries=9,
    total_bytes=900,
    manifest_modified=START,
)
_PINOT = package_document(
    "bob/pinot",
    bucket=CELLAR,
    top_hash="1b" * 32,
    modified=START + timedelta(days=2),
    readme="Pinot is a wine, too.",
    message="Begin",
    meta={"qc": {"level": 5, "passed": False}, "status": "draft", "date": "2026-05-01", "tags": ["red"]},
    workflow="loose",
    author="bob",
    total_entries=5,
    total_bytes=500,
)
_PILSNER = package_document(
    "amy/pilsner",
    bucket=BREWERY,
    top_hash="2c" * 32,
    modified=START + timedelta(days=3),
    readme="A beer.",
    meta={"qc": {"level": "3"}, "status": "released later", "tags": "lager", "nothing": None, "empty": {}},
    total_entries=1,
    total_bytes=100,
)
_SECRET = package_document(
    "eve/secret", bucket=VAULT, readme="Secret", meta={"qc": {"level": 9}, "status": "secret"}, workflow="secret"
)

DOCUMENTS: list[Document] = [
    _RIESLING,
    replace(_RIESLING, tag=str(SECOND)),
    replace(
        _RIESLING,
        tag=str(FIRST),
        top_hash="3d" * 32,
        modified=START,
        meta={"qc": {"level": 1}, "status": "draft"},
        workflow=None,
    ),
    _PINOT,
    replace(_PINOT, tag=str(LATER)),
    _PILSNER,
    _SECRET,
    object_document(
        "data/riesling.csv",
        bucket=CELLAR,
        size=36,
        meta={"owner": "Zoë", "status": "released"},
        text="name,color\nwhite,yellow",
    ),
    object_document("notes/beer.md", bucket=BREWERY, extension=".md", size=12, text="Beer is bread"),
    object_document("secret.csv", bucket=VAULT, text="secret"),
]
