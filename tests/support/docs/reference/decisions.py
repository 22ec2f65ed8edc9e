"""The list of decisions, from their titles."""

from support.docs.pages import DOCS
from support.docs.reference.markdown import page

FOLDER = DOCS / "decisions"


def decisions_page() -> str:
    found = [
        (file.name, file.read_text().partition("\n")[0].removeprefix("# ")) for file in sorted(FOLDER.glob("*.md"))
    ]
    listed = "\n".join(f"- [{title}](../decisions/{name})" for name, title in found)
    introduction = (
        "Decisions that would be expensive to change, half a page each: the context, the decision, and its price. A new one is a file\n"
        "in `docs/decisions/`, named by the next number, with the title `# N. …`."
    )
    return page("Decisions", "the titles in docs/decisions", introduction, listed)
