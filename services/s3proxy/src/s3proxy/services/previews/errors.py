"""Refusals of previews.

Invalid (400), NotFound (404), Unavailable (503) and the like are `shared.errors`.
"""

from typing_extensions import override

from shared.errors import AppError, Conflict, Forbidden, NotFound
from shared.schemas.problem import ArchivedProblem, Problem


class Unreadable(AppError):
    title = "The file cannot be read: it is damaged, too large, or not what its name says"
    status, slug = 422, "unreadable"


class NoReader(AppError):
    title = "This is not offered for files of this kind"
    status, slug = 422, "no_such_reader"


class NoSuchPreview(NotFound):
    title = "This kind of preview is not offered here"
    slug = "no_such_preview"


class StoreDenied(Forbidden):
    title = "The object store does not let you read this object"
    slug = "store_denied"


class FileChanged(Conflict):
    title = "The object was changed while it was read, or since the package was pushed"
    slug = "object_changed"


class FileArchived(Conflict):
    title = "The object is archived. It must be restored before it can be read"
    slug = "archived"

    def __init__(self, storage_class: str, *, is_restoring: bool) -> None:
        how = "is being restored; try again when that has ended" if is_restoring else "must be restored first"
        super().__init__(f"The object is archived ({storage_class}) and {how}")
        self.storage_class = storage_class
        self.is_restoring = is_restoring

    @override
    def problem(self) -> Problem:
        return ArchivedProblem(
            **super().problem().model_dump(),
            storage_class=self.storage_class,
            state="restoring" if self.is_restoring else "archived",
        )
