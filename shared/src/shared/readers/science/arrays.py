"""NumPy's .npz: names, types and shapes of the arrays in it."""

import io
from typing import Any

import numpy as np

from shared.readers.errors import UnreadableFile
from shared.readers.members import ZipArchive
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import BytesSource, RangeSource
from shared.readers.stored_members import StoredMember
from shared.schemas.previews import TreeNode, TreePreview

_MAX_ARRAYS = 2000
_MAX_HEADER_BYTES = 16 << 10


def preview_arrays(source: RangeSource, _name: str, _options: PreviewOptions) -> TreePreview:
    archive = ZipArchive(source)
    nodes = []
    for index, member in enumerate(archive.members()):
        if index >= _MAX_ARRAYS:
            break
        nodes.append(_array(archive, member))
    complete = archive.total == len(nodes)
    notes = [] if complete else [f"{len(nodes):,} of {archive.total:,} arrays are shown"]
    return TreePreview(**blank(complete=complete, notes=notes), format="npz", nodes=nodes)


def _array(archive: ZipArchive, member: StoredMember) -> TreeNode:
    path = member.shown.path
    try:
        shape, dtype = _header(archive.open(member).read(0, _MAX_HEADER_BYTES))
    except (UnreadableFile, ValueError, EOFError, SyntaxError, RecursionError, TypeError, MemoryError):
        return TreeNode(path=path, kind="damaged" if path.endswith(".npy") else "file")
    return TreeNode(path=path.removesuffix(".npy"), kind="array", type=str(dtype)[:200], shape=list(shape))


def _header(data: bytes) -> tuple[tuple[int, ...], Any]:
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    return shape, dtype


def warm_up() -> None:
    content = io.BytesIO()
    np.savez_compressed(content, sample=np.zeros(3))
    preview_arrays(BytesSource(content.getvalue()), "sample.npz", PreviewOptions())


READER = Reader("arrays", 1, "science", preview_arrays)
