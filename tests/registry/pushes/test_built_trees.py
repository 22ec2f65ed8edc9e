"""Trees of pushes, which are packed beside other work."""

import asyncio

from registry.services.pushes.built_tree import BuiltTree
from shared.index.trees.manifest_writer import ManifestDraft
from shared.index.trees.nodes import TreeFile
from shared.index.trees.walk import Branch

DIRECTORIES = 2_000


async def nothing(_: list[bytes]) -> dict[bytes, bytes]:
    return {}


async def test_other_work_goes_on_while_the_pages_of_a_patch_are_packed() -> None:
    file = TreeFile("a.csv", "s3://wine/a.csv", 1, "SHA256", "a" * 64, None)
    changes = Branch(changed={f"{number:04}": Branch(changed={file.name: file}) for number in range(DIRECTORIES)})
    draft, tree = ManifestDraft({"version": "v0"}), BuiltTree(nothing, changes)
    turns = 0

    async def work() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    working = asyncio.create_task(work())
    await asyncio.sleep(0)
    before = turns
    await tree.finish(draft)
    working.cancel()
    tree.close()
    draft.close()
    assert turns > before + 2, "the turns that two threads take to begin"
