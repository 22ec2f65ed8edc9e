"""Errors of Quilt 2 packages."""

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class TreeInvalid(Invalid):
    title = "The tree of contents in the push is malformed"


class AlreadyThere(Conflict):
    title = "The user has access already, or the version exists already"
    slug = "already_there"


class Quilt2PackageNotFound(NotFound):
    title = "The package, instance, tag or version does not exist, or you may not see it"


class SubpathNotFound(NotFound):
    title = "The package has nothing at this path"


class SourceDatabaseUnreadable(Invalid):
    title = "The other registry's database cannot be read"


class ImportRunning(Conflict):
    title = "Another import is running"


class SharingOff(Forbidden):
    title = "This installation does not let packages be shared with the public or a team"
    slug = "sharing_off"


class PackageNameTaken(Forbidden):
    title = "A package whose name differs only in case exists already"
    slug = "package_name_taken"


class NotSharedYet(Forbidden):
    title = "The package is private. Share it before you push it as public"
    slug = "not_shared_yet"


class OwnerKeepsAccess(Forbidden):
    title = "The owner of a package cannot lose access to it"
    slug = "owner_keeps_access"


class ReadmeUnreadable(Forbidden):
    title = "The README of the package could not be read"
    slug = "readme_unreadable"


class ObjectsNotUploaded(Forbidden):
    title = "Objects of the push were not uploaded by its pusher, who does not own the package. Push again"
    slug = "objects_not_uploaded"


class WriteConflict(Unavailable):
    title = "Other changes of the package were made at the same time. Try again"

    def __init__(self) -> None:
        super().__init__("Other changes of the package were made at the same time, and nothing was changed; try again")
