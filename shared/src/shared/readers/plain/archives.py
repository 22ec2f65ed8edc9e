"""Lists of what archives hold."""

import io
from itertools import islice

import py7zr

from shared.readers.errors import UnreadableFile
from shared.readers.members import Archive, open_archive
from shared.readers.queries import PreviewOptions
from shared.readers.registry import Reader, blank
from shared.readers.source import BytesSource, RangeSource, SourceFile
from shared.schemas.previews import ArchiveMember, ArchivePreview

_MAX_MEMBERS = 10_000
_SEVEN_ZIP_MAGIC = b"7z\xbc\xaf\x27\x1c"
_MAX_SEVEN_ZIP_HEADER_BYTES = 16 << 20


def preview_archive(source: RangeSource, _name: str, options: PreviewOptions) -> ArchivePreview:
    if source.read(0, 6) == _SEVEN_ZIP_MAGIC:
        return _preview_seven_zip(source, options)
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


def _preview_seven_zip(source: RangeSource, options: PreviewOptions) -> ArchivePreview:
    head = source.read(0, 32)
    if int.from_bytes(head[20:28], "little") > _MAX_SEVEN_ZIP_HEADER_BYTES:
        raise UnreadableFile("The list of the archive's members is too long")
    try:
        with py7zr.SevenZipFile(SourceFile(source), "r") as archive:  # type: ignore[arg-type]  # any binary file will do
            listed = archive.list()
    except py7zr.exceptions.PasswordRequired as error:
        raise UnreadableFile("The archive and the names in it are encrypted") from error
    limit = _limit(options)
    members = [
        ArchiveMember(
            path=each.filename,
            size=each.uncompressed,
            compressed_size=each.compressed,
            modified=each.creationtime.isoformat() if each.creationtime else None,
            type="folder" if each.is_directory else "file",
        )
        for each in listed[:limit]
    ]
    complete = len(listed) <= limit
    notes = [] if complete else [f"The first {limit:,} members are shown"]
    return ArchivePreview(**blank(complete=complete, notes=notes), format="7z", members=members, total=len(listed))


def warm_up() -> None:
    content = io.BytesIO()
    with py7zr.SevenZipFile(content, "w") as archive:
        archive.writestr("sample", "sample.txt")
    preview_archive(BytesSource(content.getvalue()), "sample.7z", PreviewOptions())


READER = Reader("archive", 1, "plain", preview_archive, texts=texts_of_archive)
