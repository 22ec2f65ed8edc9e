"""What can go wrong in the registry."""

from collections.abc import Sequence

from typing_extensions import override

from shared.errors import Conflict, Forbidden, Invalid, NotFound, TooManyRequests, Unauthenticated, Unavailable
from shared.schemas.problem import Problem
from shared.schemas.workflow import Violation


class BucketNotFound(NotFound):
    title = "No such bucket is registered, or you may not know about it"

    def __init__(self, bucket: str) -> None:
        super().__init__(f"No bucket {bucket}")


class BucketRegistered(Conflict):
    title = "The bucket is registered already"
    slug = "bucket_registered"


class NoCatalogSettings(NotFound):
    title = "Nobody has changed the web catalog's settings yet"


class PackageNotFound(NotFound):
    title = "No such package in the bucket"

    def __init__(self, bucket: str, name: str) -> None:
        super().__init__(f"No package {name} in bucket {bucket}")


class FileElsewhere(Conflict):
    title = "The file is not read through the registry, but from S3"
    slug = "file_elsewhere"


class RevisionNotFound(NotFound):
    title = "The package has no such revision"

    def __init__(self, name: str, reference: str) -> None:
        super().__init__(
            f"No revision {reference} of {name}. A revision is `latest`, the unix time of a push, a top hash, or at "
            "least the first 6 digits of one."
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
    title = "The bucket's workflow configuration, or a schema that it names, cannot be used: whoever keeps it must repair it"
    slug = "workflows_broken"


class SearchRefused(Invalid):
    title = "A part of the search makes no sense, or cannot be had"
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
    title = "The GraphQL document took too long to run: ask for less at once"
    slug = "query_too_slow"


class CallerUnknown(Unauthenticated):
    title = (
        "We do not know who you are: sign in again. The message stands in `errors` as well, where GraphQL clients look."
    )

    @override
    def problem(self) -> Problem:
        problem = super().problem()
        return problem.model_copy(update={"errors": [{"message": problem.message}]})


class JobNotFound(NotFound):
    title = "No such job, or it is somebody else's"


class JobFinished(Conflict):
    title = "The job is over"
    slug = "job_finished"


class JobUnfinished(Conflict):
    title = "The job is not over yet"
    slug = "job_unfinished"


class KeyReused(Conflict):
    title = "The idempotency key belongs to another request"
    slug = "idempotency_key_reused"


class TooManyJobs(TooManyRequests):
    title = "You have too many unfinished jobs"
    slug = "too_many_jobs"


class PushRefused(Invalid):
    title = "The push makes no sense; `errors` says what of it and why"
    slug = "push_refused"

    def __init__(self, *faults: tuple[str, str]) -> None:
        """Each fault a path into the request, and what is wrong there."""
        super().__init__("; ".join(f"{path}: {reason}" for path, reason in faults[:3]))
        self.faults = list(faults)

    @override
    def problem(self) -> Problem:
        found: list[dict[str, object]] = [{"path": path, "message": reason} for path, reason in self.faults]
        return super().problem().model_copy(update={"errors": found})


class EntryRefused(Conflict):
    title = "What an entry refers to cannot be used; `errors` says which"
    slug = "entry_refused"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason

    @override
    def problem(self) -> Problem:
        return super().problem().model_copy(update={"errors": [{"path": self.path, "message": self.reason}]})


class RevisionStale(Conflict):
    title = "Somebody else has pushed meanwhile, or you have not seen all of what is there"
    slug = "revision_stale"


class NotASuccessor(Forbidden):
    title = "The bucket's workflow configuration does not name the destination as a successor"
    slug = "not_a_successor"


class ManifestBroken(Conflict):
    title = "The manifest that was written cannot be read back; nothing points to it"
    slug = "manifest_broken"


class TableNotFound(NotFound):
    title = "No such table"
    slug = "table_not_found"


class TableExists(Conflict):
    title = "The name of the table is taken"
    slug = "table_exists"


class TableRefused(Invalid):
    title = "The table is not described as it should be"
    slug = "table_refused"

    def __init__(self, field: str, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.field = field
        self.problems = problems


class UnknownRule(Invalid):
    title = "No such packaging rule"
    slug = "unknown_rule"


class IndexForbidden(Forbidden):
    title = "You may not search this index, or it does not exist"
    slug = "index_forbidden"
