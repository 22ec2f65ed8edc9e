"""The pages that are made from the code: `make docs` writes them, and a test compares them with the code.

They are kept in the repository, so that they can be read there, and so that the difference of a change is reviewed.
"""

from collections.abc import Callable, Mapping

from support.docs.pages import DOCS
from support.docs.reference import (
    audit,
    decisions,
    errors,
    formats,
    limits,
    metrics,
    openapi,
    s3_gateway,
    search_fields,
    settings,
)

PAGES: Mapping[str, Callable[[], str]] = {
    "reference/openapi.md": openapi.operations_page,
    "reference/schemas.md": openapi.schemas_page,
    "reference/settings.md": settings.settings_page,
    "reference/error-slugs.md": errors.errors_page,
    "reference/limits.md": limits.limits_page,
    "reference/formats.md": formats.formats_page,
    "reference/s3-gateway.md": s3_gateway.gateway_page,
    "reference/search-fields.md": search_fields.search_fields_page,
    "reference/metrics.md": metrics.metrics_page,
    "reference/audit-events.md": audit.audit_page,
    "develop/decisions.md": decisions.decisions_page,
}
"""Path below `docs` to what makes the text."""


def write() -> None:
    for name, make in PAGES.items():
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(make())
