"""Every slug, from the subclasses of `AppError`."""

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from support.docs.reference.markdown import code, page, table
from support.docs.reference.services import PACKAGES

from shared.errors import AppError


def errors_page() -> str:
    import_everything()
    rows = sorted({row for error in subclasses(AppError) if (row := error_row(error))})
    merged: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for slug, status, title, service in rows:
        merged[slug, status, title].append(service)
    listed = [(code(slug), status, title, ", ".join(who)) for (slug, status, title), who in merged.items()]
    introduction = (
        "The `type` of a [problem](../api/errors.md) is `/problems/<slug>`. A slug does not change once it is released; its title and\n"
        "detail are for people and may change. `shared` are errors that every service may answer."
    )
    made = table("slug", "status", "title", "service", rows=listed)
    return page("Error slugs", "the subclasses of `AppError`", introduction, made)


def error_row(error: type[AppError]) -> tuple[str, str, str, str] | None:
    service = error.__module__.partition(".")[0]
    return (error.slug, str(error.status), error.title, service) if service in PACKAGES else None


def subclasses(of: type[AppError]) -> Iterator[type[AppError]]:
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


@cache
def import_everything() -> None:
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not any(part in module.name for part in (".migrations", ".testing", "__main__")):
                importlib.import_module(module.name)
