"""Reasons for which an archive, or the content of a file, is not sent or not sent to its end."""

from collections.abc import Sequence

from s3proxy.services.previews.errors import FileArchived, FileChanged, StoreDenied
from shared.errors import AppError, Conflict, Invalid, NotFound, TooManyRequests, Unavailable

MAX_NAMED_FILES = 10
"""Files that an error names."""


class UnsafeNames(Conflict):
    title = "The package has names that would leave the folder into which an archive is unpacked"
    slug = "unsafe_names"


class FilesNotInStore(Conflict):
    title = "Files of the package are not in the object store"
    slug = "files_not_in_store"


class FilesArchived(Conflict):
    title = "Files of the package are archived. They must be restored before they can be read"
    slug = "files_archived"


class TicketNamesMoving(Invalid):
    title = "A ticket holds for one address, and this address names a revision that moves. Name the revision by its whole top hash"
    slug = "ticket_for_moving_revision"


class TooManyArchives(TooManyRequests):
    title = "Too many archives are being sent at the moment. Try again later"
    slug = "too_many_archives"
    headers = {"Retry-After": "30"}  # noqa: RUF012 – as in the other errors


class TooManyFiles(AppError):
    title = "The folder has more files than one archive of a bucket's folder may have"
    status, slug = 422, "too_many_files"


class FileFailed(Exception):
    """A file whose content cannot be sent."""

    def __init__(self, path: str, error: AppError) -> None:
        super().__init__(f"{path}: {error}")
        self.path = path
        self.error = error


class LayoutBroken(Exception):
    """The files are not those from which the length of the answer follows."""


def problem_of(failures: Sequence[FileFailed]) -> AppError:
    """The error to answer before the first byte, which names the files."""
    first = failures[0].error
    alike = [failure for failure in failures if type(failure.error) is type(first)]
    named = "; ".join(str(failure) for failure in alike[:MAX_NAMED_FILES])
    if len(alike) > MAX_NAMED_FILES:
        named += f"; and {len(alike) - MAX_NAMED_FILES:,} more"
    match first:
        case FileArchived():
            return FilesArchived(named)
        case FileChanged():
            return FileChanged(named)
        case StoreDenied():
            return StoreDenied(named)
        case NotFound():
            return NotFound(named)
        case Unavailable():
            return Unavailable(named)
        case _:
            return first
