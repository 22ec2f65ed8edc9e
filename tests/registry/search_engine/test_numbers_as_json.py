"""Numbers of documents that go to the engine as JSON."""

import math
import random
from pathlib import Path

import orjson
import tantivy

from registry.search_engine.encoding import json_number

_RANDOM = random.Random(11)  # noqa: S311 – no secret
NUMBERS = [
    *(0.1 + 0.2, 95.95452761244793, -0.0, 1e-4, 2.0**53 - 1, -(2.0**53) + 1),
    *(_RANDOM.uniform(-100, 100) for _ in range(5_000)),
    *(_RANDOM.uniform(-1, 1) * 10.0 ** _RANDOM.randint(-3, 15) for _ in range(5_000)),
]


def test_the_engine_reads_numbers_as_they_are_written_for_it(tmp_path: Path) -> None:
    schema = tantivy.SchemaBuilder().add_float_field("number", stored=True).build()
    index = tantivy.Index(schema, path=str(tmp_path))
    writer = index.writer(num_threads=1)
    written = {number: found for number in NUMBERS if (found := json_number(number)) is not None}
    for number in written.values():
        writer.add_json(orjson.dumps({"number": number}).decode())
    writer.commit()
    index.reload()
    searcher = index.searcher()
    hits = searcher.search(tantivy.Query.all_query(), limit=len(NUMBERS)).hits
    assert {searcher.doc(address)["number"][0] for _, address in hits} == set(written)
    assert len(written) > 0.95 * len(set(NUMBERS))


def test_numbers_that_json_cannot_carry_to_the_engine_are_not_written_for_it() -> None:
    assert [json_number(number) for number in (2.0**70, 1e-7, math.nextafter(1e300, 0))] == [None, None, None]
