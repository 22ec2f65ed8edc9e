"""Expected failures of the registry. See `shared.errors`."""

from collections.abc import Sequence

from typing_extensions import override

from shared.errors import Conflict, Forbidden, Invalid, NotFound, TooManyRequests, Unauthenticated, Unavailable
from shared.schemas.problem import Problem
from shared.schemas.workflow import Violation


class BucketNotFound(NotFound):
    title = "The bucket is not registered, or you do not have access to it"

    def __init__(self, bucket: str) -> None:
        super().__init__(f"No bucket {bucket}")


class BucketRegistered(Conflict):
    title = "The bucket is registered already"
    slug = "bucket_registered"


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
