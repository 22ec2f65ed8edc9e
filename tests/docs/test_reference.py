"""The pages that are made from the code say what the code says; `make docs` writes them."""

import re

import pytest
from support.docs.pages import DOCS
from support.docs.reference.generate import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run `make docs`, and commit what it writes"


def test_every_page_of_the_reference_is_made() -> None:
    assert {f"reference/{each.name}" for each in (DOCS / "reference").iterdir()} <= set(PAGES)


def test_every_setting_has_a_type_a_default_and_a_description() -> None:
    rows = [row for row in PAGES["reference/settings.md"]().splitlines() if row.startswith("| `")]
    assert len(rows) > 100
    assert [row for row in rows if not all(cell.strip() for cell in row.replace("\\|", "").split("|")[1:5])] == []


def test_slugs_on_the_pages_are_those_of_errors() -> None:
    known = set(re.findall(r"^\| `(\w+)`", PAGES["reference/error-slugs.md"](), re.MULTILINE))
    named = {
        (slug, str(page.relative_to(DOCS)))
        for page in DOCS.rglob("*.md")
        for slug in re.findall(r"\b[45]\d\d,? \(?`([a-z0-9_]+)`", page.read_text())
    }
    assert len(named) > 20
    assert [(slug, page) for slug, page in sorted(named) if slug not in known] == []
