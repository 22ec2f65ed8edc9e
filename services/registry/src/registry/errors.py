"""Expected failures of the registry. See `shared.errors`."""

from collections.abc import Sequence

from typing_extensions import override

from shared.errors import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from shared.schemas.problem import Problem
from shared.schemas.workflow import Violation

MAX_LISTED_FILES = 10
"""Files that a refusal names."""


class BucketNotFound(NotFound):
    title = "The bucket is not registered, or you do not have access to it"

    def __init__(self, bucket: str) -> None:
        super().__init__(f"No bucket {bucket}")


class BucketRegistered(Conflict):
    title = "The bucket is registered already"
    slug = "bucket_registered"


class NotTheCanary(Forbidden):
    title = "Only the canary records its runs"
    slug = "not_the_canary"


class NoCatalogSettings(NotFound):
    title = "The web catalog's settings have not been changed yet"


class PackageNotFound(NotFound):
    title = "The bucket has no such package, or you do not have access to it"

    def __init__(self, bucket: str, name: str) -> None:
        super().__init__(f"No package {name} in bucket {bucket}")


class FileElsewhere(Conflict):
    title = "The registry does not serve this file. Read it from S3"
    slug = "file_elsewhere"


class RevisionNotFound(NotFound):
    title = "The package has no such revision"

    def __init__(self, name: str, reference: str) -> None:
        super().__init__(
            f"No revision {reference} of {name}. A revision is `latest`, the unix time of a push, a top hash, or at "
            "least the first 6 digits of one"
        )


class RevisionUnreadable(Conflict):
    title = "The revision exists, but its manifest cannot be used"
    slug = "revision_unreadable"


class EntryNotFound(NotFound):
    title = "The revision has nothing at this path"


class TooManyLinks(Malformed):
    title = (
        "One request makes links to at most 10,000 files. Ask for a folder or for fewer paths, download an archive, or read the "
        "package through the package gateway"
    )
    slug = "too_many_links"


class FilesElsewhere(Conflict):
    title = "Some files cannot be linked to, so no links were made. `errors` lists the first of them"
    slug = "files_elsewhere"

    def __init__(self, refused: Sequence[tuple[str, str]]) -> None:
        """`refused`: pairs of a path and a reason."""
        path, reason = refused[0]
        more = f", and {len(refused) - 1:,} more" if len(refused) > 1 else ""
        super().__init__(f"{path}: {reason}{more}")
        self.refused = list(refused[:MAX_LISTED_FILES])

    @override
    def problem(self) -> Problem:
        found: list[dict[str, object]] = [{"path": path, "message": reason} for path, reason in self.refused]
        return super().problem().model_copy(update={"errors": found})


class NamesUnsafe(Conflict):
    title = (
        "Some names are not safe for programs that make files of these names. `errors` lists the first of them. Ask for the format "
        "`json` or `jsonl`"
    )
    slug = "names_unsafe"

    def __init__(self, paths: Sequence[str]) -> None:
        more = f", and {len(paths) - 1:,} more" if len(paths) > 1 else ""
        super().__init__(f"{paths[0]!a} is not a safe name for a download{more}. Ask for the format json or jsonl")
        self.paths = list(paths[:MAX_LISTED_FILES])

    @override
    def problem(self) -> Problem:
        found: list[dict[str, object]] = [
            {"path": path, "message": "It has a control character, a backslash, a drive, or blanks at an end"}
            for path in self.paths
        ]
        return super().problem().model_copy(update={"errors": found})


class StoreLinksRefused(Conflict):
    title = "Your S3 credentials expire too soon for links. Try again, or make revocable links"
    slug = "store_links_refused"


class SelectionNotFound(NotFound):
    title = "The selection does not exist in this revision, or has expired. Make it again"
    slug = "selection_not_found"


class BrowsingSessionNotFound(NotFound):
    title = "The browsing session does not exist, has expired, or is not yours. Make another one"
    slug = "browsing_session_not_found"


class SelectionTooLarge(Malformed):
    title = "A selection holds at most 1,000,000 files. Download the archives of folders instead"
    slug = "selection_too_large"


class FilesNotArchivable(Conflict):
    title = "Some files cannot be in an archive. `errors` lists the first of them. Links and the package gateway give each file by itself"
    slug = "files_not_archivable"

    def __init__(self, unsafe: Sequence[str], local: Sequence[str]) -> None:
        refused: list[dict[str, object]] = [
            {"path": path, "message": "An unpacker could write it outside its folder"} for path in unsafe
        ]
        refused += [
            {"path": path, "message": "It is not in S3: it stayed on the computer where the package was built"}
            for path in local
        ]
        super().__init__(f"{refused[0]['path']!a}: {refused[0]['message']}")
        self.refused = refused

    @override
    def problem(self) -> Problem:
        return super().problem().model_copy(update={"errors": self.refused})


class WorkflowViolation(Invalid):
    title = "The push breaks the rules of the bucket's workflow"
    slug = "workflow_violation"

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(f"{each.path}: {each.message}" for each in violations[:3]))
        self.violations = list(violations)

    @override
    def problem(self) -> Problem:
        return super().problem().model_copy(update={"errors": [each.model_dump() for each in self.violations]})


class WorkflowsBroken(Conflict):
    title = (
        "The bucket's workflow configuration, or a schema in it, is not valid. A writer of the bucket must correct it"
    )
    slug = "workflows_broken"


class SearchRefused(Invalid):
    title = "A part of the search is not valid or not supported"
    slug = "search_refused"

    def __init__(self, path: str, name: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.name = name


class QueryRefused(Invalid):
    title = "The GraphQL document cannot be run"
    slug = "query_refused"

    def __init__(self, errors: list[dict[str, object]]) -> None:
        super().__init__("; ".join(str(each["message"]) for each in errors))
        self.errors = errors

    @override
    def problem(self) -> Problem:
        return super().problem().model_copy(update={"errors": self.errors})


class QueryTooSlow(Unavailable):
    title = "The GraphQL document took too long. Ask for fewer fields or smaller pages"
    slug = "query_too_slow"


class CallerUnknown(Unauthenticated):
    title = "You are not signed in. Sign in again. `errors` repeats the message for GraphQL clients"

    @override
    def problem(self) -> Problem:
        problem = super().problem()
        return problem.model_copy(update={"errors": [{"message": problem.message}]})


class JobNotFound(NotFound):
    title = "The job does not exist, or you do not have access to it"


class JobFinished(Conflict):
    title = "The job has ended"
    slug = "job_finished"


class JobUnfinished(Conflict):
    title = "The job has not ended yet"
    slug = "job_unfinished"


class KeyReused(Conflict):
    title = "The idempotency key was used for another request"
    slug = "idempotency_key_reused"


class TooManyJobs(TooManyRequests):
    title = "You have too many unfinished jobs"
    slug = "too_many_jobs"


class QueryNotFound(NotFound):
    title = "The query does not exist, or you do not have access to it"


class QueryFinished(Conflict):
    title = "The query has ended"
    slug = "query_finished"


class QueryUnfinished(Conflict):
    title = "The query has not ended yet"
    slug = "query_unfinished"


class TooManyQueries(TooManyRequests):
    title = "You have too many unfinished queries"
    slug = "too_many_queries"


class QueriesNotSetUp(Conflict):
    title = "This installation runs no queries"
    slug = "queries_not_set_up"


class ResultGone(Gone):
    title = "The result of the query is not kept any more, or there is none. Run the query again"
    slug = "result_gone"


class RowsRefused(Invalid):
    title = "The columns, conditions or order do not fit the result"
    slug = "rows_refused"


class SavedQueryNotFound(NotFound):
    title = "The saved query does not exist, or is not shared with you"


class TooManySavedQueries(Conflict):
    title = "You have too many saved queries"
    slug = "too_many_saved_queries"


class TooManyBookmarks(Conflict):
    title = "You have too many bookmarks"
    slug = "too_many_bookmarks"


class SqlError(Invalid):
    """A query has no result. `position` counts characters of the statement, from 0."""

    def __init__(
        self, text: str, *, position: int | None = None, limit: str | None = None, role: str | None = None
    ) -> None:
        super().__init__(text)
        self.position = position
        self.limit = limit
        self.role = role
        """The role that gives the limit, if one does."""


class SqlRefused(SqlError):
    title = "The statement cannot be run: it is not one SELECT, or names what does not exist"
    slug = "statement_refused"


class SqlFailed(SqlError):
    title = "The statement failed on the data"
    slug = "statement_failed"


class SqlLimitReached(SqlError):
    title = "The query reached a limit"
    slug = "statement_limit_reached"


class SqlCrashed(SqlError):
    title = "The process that ran the query ended. Try again"
    status, slug = 500, "statement_crashed"


class PushRefused(Invalid):
    title = "The push is not valid. `errors` lists the reasons"
    slug = "push_refused"

    def __init__(self, *faults: tuple[str, str]) -> None:
        """`faults`: pairs of a path in the request and a reason."""
        super().__init__("; ".join(f"{path}: {reason}" for path, reason in faults[:3]))
        self.faults = list(faults)

    @override
    def problem(self) -> Problem:
        found: list[dict[str, object]] = [{"path": path, "message": reason} for path, reason in self.faults]
        return super().problem().model_copy(update={"errors": found})


class EntryRefused(Conflict):
    title = "An object or entry that the push refers to cannot be used. `errors` names it"
    slug = "entry_refused"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason

    @override
    def problem(self) -> Problem:
        return super().problem().model_copy(update={"errors": [{"path": self.path, "message": self.reason}]})


class RevisionStale(Conflict):
    title = "The package has changed since you read it. Read it again"
    slug = "revision_stale"


class NotASuccessor(Forbidden):
    title = "The bucket's workflow configuration does not name the destination as a successor"
    slug = "not_a_successor"


class ManifestBroken(Conflict):
    title = "The new manifest could not be read back. The package was not changed"
    slug = "manifest_broken"


class TableNotFound(NotFound):
    title = "The bucket has no such table"
    slug = "table_not_found"


class TableExists(Conflict):
    title = "The bucket already has a table of this name"
    slug = "table_exists"


class TableRefused(Invalid):
    title = "The configuration of the table is not valid"
    slug = "table_refused"

    def __init__(self, field: str, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.field = field
        self.problems = problems


class UnknownRule(Invalid):
    title = "There is no such packaging rule"
    slug = "unknown_rule"


class NotAsSigned(Forbidden):
    title = "The request is not the one that was signed"
    slug = "not_as_signed"


class IndexForbidden(Forbidden):
    title = "You may not search this index, or it does not exist"
    slug = "index_forbidden"


class PackagesHaveReaders(Forbidden):
    title = "Packages of this bucket have readers of their own, so they are not added up"
    slug = "packages_have_readers"


class ThemeRefused(Invalid):
    title = "The name, logo or colour does not fit the catalog"
    slug = "theme_refused"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")


class ThemeFixed(Conflict):
    title = "A setting of the registry decides this part of the catalog's look"
    slug = "theme_fixed"

    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field} is set by REGISTRY_THEME__{field.upper()}, which wins. Change the setting, or remove it"
        )
