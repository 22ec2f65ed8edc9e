"""Lists of what archives hold."""

from itertools import islice

from shared.readers.errors import UnreadableFile
from shared.readers.members import Archive, open_archive
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import RangeSource
from shared.schemas.previews import ArchivePreview

_MAX_MEMBERS = 10_000


def preview_archive(source: RangeSource, _name: str, options: PreviewOptions) -> ArchivePreview:
    archive = open_archive(source)
    if archive is None:
        raise UnreadableFile("The file is no archive, although its name says so")
    return _preview_members(archive, options)


def texts_of_archive(source: RangeSource, _name: str, max_bytes: int) -> str:
    archive = open_archive(source)
    paths = (each.shown.path for each in islice(archive.members(), _MAX_MEMBERS)) if archive else ()
    return "\n".join(paths)[:max_bytes]


def _preview_members(archive: Archive, options: PreviewOptions) -> ArchivePreview:
    limit = _limit(options)
    found = [each.shown for each in islice(archive.members(), limit + 1)]
    complete = len(found) <= limit and archive.note is None
    if not complete and archive.note is None:
        archive.note = f"The first {limit:,} members are shown"
    total = len(found) if complete else archive.total
    return ArchivePreview(
        **blank(complete=complete, notes=[archive.note] if archive.note else []),
        format=archive.format,
        members=found[:limit],
        total=total,
    )


def _limit(options: PreviewOptions) -> int:
    """Members of which the list is about as long as the answer may be."""
    return min(_MAX_MEMBERS, max(options.max_bytes // 100, 1))


READER = Reader("archive", 2, "plain", preview_archive, texts=texts_of_archive)
