"""How text becomes searchable: cut at everything but letters and digits, as `shared.index.search.queries` cuts what is asked.

Names are also kept whole, as one word.
"""


def _words(column: str, weight: str) -> str:
    return f"setweight(to_tsvector('simple', regexp_replace({column}, '[^[:alnum:]]+', ' ', 'g')), '{weight}')"


OBJECT_VECTOR = " || ".join(
    (
        _words("key", "A"),
        "tokens::tsvector",
        _words("extension", "B"),
        _words("meta_values", "C"),
        _words("content", "D"),
    )
)

PACKAGE_VECTOR = " || ".join(
    (
        _words("CAST(:name AS text)", "A"),
        "CAST(CAST(:tokens AS text) AS tsvector)",
        _words("CAST(:message AS text)", "B"),
        _words("CAST(:meta AS text)", "C"),
        _words("CAST(:readme AS text)", "D"),
    )
)

_LONGEST_WORD = 2046
"""Bytes, in Postgres."""


def tokens(name: str) -> str:
    """The components of a name as text of a tsvector."""
    parts = {part.lower() for part in name.split("/")} - {""}
    quoted = (part.replace("\\", "\\\\").replace("'", "''") for part in parts if len(part.encode()) <= _LONGEST_WORD)
    return " ".join(f"'{part}':1A" for part in quoted)
