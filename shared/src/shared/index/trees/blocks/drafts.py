"""Pages of files as lines of a manifest, and as sums that are added to those of other blocks."""

from shared.archives.layout import LayoutBuilder
from shared.index.trees import nodes
from shared.index.trees.blocks.frames import DraftBlock, DraftTask
from shared.index.trees.entry_writer import EntryWriter
from shared.index.trees.nodes import Leaf, Standing, TreeFile
from shared.quilt.file_kinds import BytesByKind
from shared.quilt.metadata import JsonTooDeep


def write_block(task: DraftTask, writer: EntryWriter) -> DraftBlock:
    layout, kinds = LayoutBuilder(before=task.entries_before), BytesByKind()
    block = DraftBlock(layout=layout.part())
    hashed: list[bytes] = []
    lines: list[bytes] = []
    for page in task.pages:
        node = nodes.unpack(page.stored)
        files = [item for item in node.items if isinstance(item, TreeFile)] if isinstance(node, Leaf) else []
        if len(files) != page.entries:
            block.is_broken = True
            break
        try:
            written = writer.write(page.prefix, files)
        except JsonTooDeep:
            block.is_too_deep = True
            break
        block.lengths.append((page.standing, len(written.lines)))
        if page.standing is Standing.REMOVED:
            continue
        block.longest_line = max(block.longest_line, written.longest_line)
        block.entries += len(files)
        block.size += sum([file.size for file in files])
        hashed.append(written.hashed)
        lines.append(written.lines)
        layout.add_files(page.prefix, files)
        kinds.add_files(files)
    block.hashed, block.lines = b"".join(hashed), b"".join(lines)
    block.layout, block.kinds = layout.part(), kinds.finish()
    return block
