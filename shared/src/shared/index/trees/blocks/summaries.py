"""A block of lines as leaf pages, and as sums that are added to those of the blocks before."""

from collections.abc import Iterable, Iterator

from shared.archives.layout import LayoutBuilder
from shared.index.trees.blocks.frames import BlockFault, BlockSummary, BlockTask, LeafRun
from shared.index.trees.blocks.lines import FileLines, FileRun, LineReader
from shared.index.trees.builder import leaf_pages
from shared.index.trees.entries import CorruptManifest
from shared.quilt.file_kinds import BytesByKind


def summarize_block(task: BlockTask, reader: LineReader) -> BlockSummary:
    layout, kinds = LayoutBuilder(before=task.entries_before), BytesByKind()
    hashed: list[bytes] = []
    fault: BlockFault | None = None

    def read_parts() -> Iterator[FileLines]:
        nonlocal fault
        for part in reader.read_block(task.block, task.line, task.record_limit):
            hashed.append(part.hashed)
            if isinstance(part.fault, CorruptManifest):
                fault = BlockFault(part.fault.line, part.fault.reason)
            elif part.fault:
                fault = BlockFault(0, str(part.fault))
            yield part

    runs: list[LeafRun] = []
    for run in _joined(read_parts()):
        layout.add_files(run.prefix, run.files)
        kinds.add_files(run.files)
        runs.append(LeafRun(run.prefix, run.files[0].name, run.line, leaf_pages(run.files, run.identities)))
    files = task.block.count(b"\n")
    return BlockSummary(files, runs, b"".join(hashed), layout.part(), dict(kinds.finish()), fault)


def _joined(parts: Iterable[FileLines]) -> Iterator[FileRun]:
    """The runs of all parts. One that goes on in the next part is one run."""
    held: FileRun | None = None
    for part in parts:
        for run in part.runs:
            if held is not None and held.prefix == run.prefix and held.files[-1].name < run.files[0].name:
                held.files += run.files
                held.identities += run.identities
                continue
            if held is not None:
                yield held
            held = run
    if held is not None:
        yield held
