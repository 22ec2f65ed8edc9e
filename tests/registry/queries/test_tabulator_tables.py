"""Tables of Tabulator as sources of queries, with the caller's rights or, where they are open, with those of the instance."""

from typing import Any

from support.worlds.queries_world import QueriesWorld

CONFIG = r"""
schema:
  - {name: gene, type: STRING}
  - {name: level, type: DOUBLE}
source:
  type: quilt-packages
  package_name: ^lab/(?<study>[a-z]+)-(?P<run>\d+)$
  logical_key: (?<sample>[^/]+)\.tsv$
parser: {format: csv, delimiter: "\t", header: true}
"""


async def set_table(queries: QueriesWorld, name: str = "levels", config: str = CONFIG) -> None:
    path = f"/api/v1/buckets/{queries.world.bucket}/tabulator-tables/{name}"
    answer = await queries.world.client.put(path, json={"config": config}, headers=queries.world.headers("writer"))
    assert answer.status_code == 204, answer.text


async def test_a_table_has_its_schema_the_named_groups_and_the_columns_of_packages(queries: QueriesWorld) -> None:
    await set_table(queries)
    first = await queries.files("lab/heart-1", {"x/one.tsv": "gene\tlevel\nA\t1.5\n", "x/notes.txt": "no"})
    await queries.files("lab/liver-2", {"two.tsv": "gene\tlevel\nB\t2\nC\t\n"})
    await queries.files("lab/other", {"three.tsv": "gene\tlevel\nD\t4\n"})
    call = f"tabulator('{queries.world.bucket}', 'levels')"

    found = await queries.rows(f"SELECT gene, level, study, run, sample FROM {call} ORDER BY gene")
    [described] = await queries.rows(
        f"""SELECT "$pkg_name", "$logical_key", "$top_hash" FROM {call} WHERE gene = 'A'"""
    )

    assert found == [
        ["A", 1.5, "heart", "1", "one"],
        ["B", 2.0, "liver", "2", "two"],
        ["C", None, "liver", "2", "two"],
    ]
    assert described == ["lab/heart-1", "x/one.tsv", first]


async def test_an_open_table_is_read_by_everybody_but_nothing_else_of_its_bucket(queries: QueriesWorld) -> None:
    world = queries.world
    await set_table(queries)
    await queries.files("lab/heart-1", {"one.tsv": "gene\tlevel\nA\t1.5\n"})
    table = f"SELECT gene FROM tabulator('{world.bucket}', 'levels')"
    package = f"SELECT gene FROM package('{world.bucket}/lab/heart-1', 'one.tsv')"
    assert (await queries.refusal(table, "stranger"))[0] == "not_found"

    opened: dict[str, Any] = {"tabulator_open_query": True}
    answer = await world.client.patch("/api/v1/settings", json=opened, headers=world.headers("admin"))
    assert answer.status_code == 200, answer.text

    assert await queries.rows(table, "stranger") == [["A"]]
    assert (await queries.refusal(package, "stranger"))[0] == "not_found"
    assert (await queries.refusal(f"SELECT 1 FROM tabulator('{world.bucket}', 'none')", "stranger"))[
        0
    ] == "table_not_found"


async def test_an_expression_that_takes_too_long_is_refused(queries: QueriesWorld) -> None:
    await set_table(queries, "slow", CONFIG.replace(r"(?<sample>[^/]+)\.tsv$", r"^(?<sample>(a|a|aa)+)$"))
    await queries.files("lab/heart-1", {"a" * 60 + "!": "gene\tlevel\n"})
    slug, text = await queries.refusal(f"SELECT 1 FROM tabulator('{queries.world.bucket}', 'slow')")
    assert (slug, "takes too long" in text) == ("statement_limit_reached", True)
