"""A block of lines as leaf pages, and as sums that are added to those of the blocks before."""

from collections.abc import Iterator

from shared.archives.layout import LayoutBuilder
from shared.index.trees.blocks.frames import BlockFault, BlockSummary, BlockTask, LeafRun
from shared.index.trees.blocks.lines import FileLines, FileRun, LineReader
from shared.index.trees.builder import LeafPages
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

    open_runs: list[_OpenRun] = []
    files = 0
    for run in (run for part in read_parts() for run in part.runs):
        # Nothing is put off, since files that were just read are in the processor's cache.
        layout.add_files(run.prefix, run.files)
        kinds.add_files(run.files)
        if not open_runs or not open_runs[-1].goes_on(run):
            open_runs.append(_OpenRun(run))
        open_runs[-1].add(run)
        files += len(run.files)
    runs = [each.finish() for each in open_runs]
    return BlockSummary(files, runs, b"".join(hashed), layout.part(), dict(kinds.finish()), fault)


class _OpenRun:
    """A run that may go on in the next part."""

    def __init__(self, first: FileRun) -> None:
        self._first = LeafRun(first.prefix, first.files[0].name, first.line, [])
        self._last = ""
        self._pages = LeafPages()

    def goes_on(self, run: FileRun) -> bool:
        return self._first.prefix == run.prefix and self._last < run.files[0].name

    def add(self, run: FileRun) -> None:
        self._pages.add_files(run.files, run.identities)
        self._last = run.files[-1].name

    def finish(self) -> LeafRun:
        self._first.leaves = self._pages.finish()
        return self._first
