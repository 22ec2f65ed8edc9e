from support.worlds.index_world import BUCKET, IndexWorld


async def test_an_object_is_found_by_its_key_metadata_and_text(stage: IndexWorld) -> None:
    await stage.put("data/2026-01_Red-Wine.csv", "acidity,sulphates\x00\nexcellent;é", colour="deep ruby")
    await stage.put("photo.png", b"excellent")
    await stage.work_off_queue()
    for query in (
        "red:A & wine:A",
        "2026:A",
        "'2026-01_red-wine.csv':A",
        "csv:B",
        "ruby:C",
        "colour:C",
        "sulphates:D",
        "é:D",
        "sulph:*",
    ):
        assert await stage.found("object", query) == ["data/2026-01_Red-Wine.csv"], query
    assert await stage.found("object", "excellent") == ["data/2026-01_Red-Wine.csv"]
    [(extension_, size, meta, text)] = await stage.rows(
        "SELECT extension, size, meta, text FROM object WHERE key LIKE 'data/%'"
    )
    assert (extension_, size, meta) == (".csv", 31, {"colour": "deep ruby"})
    assert text == "acidity,sulphates\nexcellent;é"


async def test_only_the_beginning_of_a_large_text_is_searched(stage: IndexWorld) -> None:
    await stage.put("large.txt", "first " + "x" * 100_000 + " last")
    await stage.work_off_queue()
    assert await stage.found("object", "first") == ["large.txt"]
    assert await stage.found("object", "last") == []
    assert await stage.rows("SELECT size, length(text) FROM object") == [(100_011, 65_536)]


async def test_configuration_inside_quilt_is_an_object_but_packages_are_not(stage: IndexWorld) -> None:
    for key in (".quilt/workflows/config.yml", f".quilt/packages/{'a' * 64}", ".quilt/named_packages/a/b/latest"):
        await stage.put(key, "x")
    await stage.work_off_queue()
    assert await stage.rows("SELECT key FROM object") == [(".quilt/workflows/config.yml",)]


async def test_overwritten_and_deleted_objects_are_updated_in_the_index(stage: IndexWorld) -> None:
    await stage.put("a.txt", "first")
    await stage.work_off_queue()
    await stage.put("a.txt", "second")
    await stage.work_off_queue()
    assert await stage.found("object", "first") == []
    assert await stage.found("object", "second") == ["a.txt"]
    await stage.s3.delete(BUCKET, "a.txt")
    await stage.send_event("a.txt")
    await stage.work_off_queue()
    assert await stage.rows("SELECT key FROM object") == []


async def test_odd_keys_are_kept_as_they_are(stage: IndexWorld) -> None:
    keys = ["a b+c%20.txt", "it's\\odd.txt", "日本/ワイン.csv", "x//y/../z.txt", "k" * 1000, "'':1A"]
    for key in keys:
        await stage.put(key, "x")
    await stage.send_event("impossible\0.txt")
    await stage.work_off_queue()
    assert stage.queue.left == 0
    assert await stage.rows("SELECT key FROM object ORDER BY key") == [(key,) for key in sorted(keys)]
    assert await stage.found("object", "ワイン") == ["日本/ワイン.csv"]


async def test_an_object_that_s3_refuses_to_show_keeps_its_document(stage: IndexWorld) -> None:
    await stage.put("a.txt", "before")
    await stage.work_off_queue()
    stage.s3.refused.add("a.txt")
    await stage.put("a.txt", "after")
    await stage.put("b.txt", "x")
    await stage.work_off_queue()
    assert await stage.rows("SELECT key, text FROM object ORDER BY key") == [("a.txt", "before"), ("b.txt", "x")]
    assert stage.queue.left == 1


async def test_text_with_a_very_long_word_is_indexed(stage: IndexWorld) -> None:
    await stage.put("blob.txt", "A1" * 30_000, note="n" * 1500)
    await stage.put("words.txt", " ".join(f"word{number}" for number in range(9000)))
    await stage.work_off_queue()
    assert await stage.rows("SELECT count(*) FROM object") == [(2,)]
