"""SQL for search vectors, which the search in Postgres needs. They are null where it has no indexes.

Text is split at everything but letters and digits, as `shared.index.search.queries` splits queries.

The components of names are also kept whole, as one word each.
"""

MAX_SEARCHED_CHARACTERS = 64 << 10
"""Characters of an object's text in its vector, which Postgres limits to 1 MB."""


def _if_wanted(vector: str) -> str:
    return f"CASE WHEN to_regclass('index.ix_object_search') IS NOT NULL THEN {vector} END"


def _words(column: str, weight: str) -> str:
    return f"setweight(to_tsvector('simple', regexp_replace({column}, '[^[:alnum:]]+', ' ', 'g')), '{weight}')"


OBJECT_VECTOR = _if_wanted(
    " || ".join(
        (
            _words("key", "A"),
            "tokens::tsvector",
            _words("extension", "B"),
            _words("meta_values", "C"),
            _words(f"left(content, {MAX_SEARCHED_CHARACTERS})", "D"),
        )
    )
)

PACKAGE_VECTOR = _if_wanted(
    " || ".join(
        (
            _words("CAST(:name AS text)", "A"),
            "CAST(CAST(:tokens AS text) AS tsvector)",
            _words("CAST(:message AS text)", "B"),
            _words("CAST(:meta AS text)", "C"),
            _words("CAST(:readme AS text)", "D"),
        )
    )
)

_MAX_WORD_BYTES = 2046
"""Limit of Postgres for one word of a tsvector."""


def tokens(name: str) -> str:
    """The components of a name, in the text form of a tsvector."""
    parts = {part.lower() for part in name.split("/")} - {""}
    quoted = (part.replace("\\", "\\\\").replace("'", "''") for part in parts if len(part.encode()) <= _MAX_WORD_BYTES)
    return " ".join(f"'{part}':1A" for part in quoted)
