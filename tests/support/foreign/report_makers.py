"""Run in the environment of the report makers: `report_makers.py FOLDER` makes a report with each, as its documentation says."""

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
SITES = {"site": ["Ahr", "Mosel", "Nahe", "Pfalz"], "hectares": [560, 8700, 4200, 23500]}
MARKDOWN = """---
title: Harvest of 2026
author: Amy
---

# Sites

![The slope](img/slope.png)

| site  | hectares |
|-------|---------:|
| Ahr   |      560 |
| Mosel |     8700 |

# Method

Grapes were weighed, see [sites](#sites).
"""


def plotly(folder: Path) -> None:
    import plotly.graph_objects as go  # noqa: PLC0415 – each maker is loaded when it is wanted

    figure = go.Figure(go.Bar(x=SITES["site"], y=SITES["hectares"]), {"title": {"text": "Hectares by site"}})
    figure.write_html(folder / "index.html", include_plotlyjs="directory")


def altair(folder: Path) -> None:
    import altair as alt  # noqa: PLC0415 – as above

    rows = [{"site": site, "hectares": area} for site, area in zip(*SITES.values(), strict=True)]
    chart = alt.Chart(alt.Data(values=rows)).mark_bar().encode(x="site:N", y="hectares:Q").properties(title="Hectares")
    chart.save(folder / "index.html", inline=True)
    chart.save(folder / "chart.json")


def nbconvert(folder: Path) -> None:
    import nbformat  # noqa: PLC0415 – as above
    from nbconvert import HTMLExporter  # noqa: PLC0415 – as above

    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Harvest of 2026"),
            nbformat.v4.new_code_cell(
                "plot()",
                execution_count=1,
                outputs=[
                    nbformat.v4.new_output("display_data", {"image/png": b64encode(PIXEL).decode()}),
                    nbformat.v4.new_output("stream", text="12 bottles\n"),
                ],
            ),
        ]
    )
    body, _ = HTMLExporter().from_notebook_node(notebook)
    (folder / "index.html").write_text(body)


def pandoc(folder: Path) -> None:
    import pypandoc  # noqa: PLC0415 – as above

    (folder / "img").mkdir()
    (folder / "img" / "slope.png").write_bytes(PIXEL)
    (folder / "style.css").write_text("h1 { color: rgb(103, 74, 128); }\n")
    options = ["--standalone", "--toc", "--css", "style.css"]
    pypandoc.convert_text(
        MARKDOWN, "html", format="markdown", outputfile=str(folder / "index.html"), extra_args=options
    )


def multiqc(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    (data / "sites_mqc.tsv").write_text(
        "# plot_type: 'bargraph'\n# section_name: 'Hectares by site'\nSample\tplanted\tfallow\n"
        "Ahr\t560\t20\nMosel\t8700\t300\nNahe\t4200\t150\n"
    )
    _run(folder, "multiqc", "data", "--filename", "index.html", "--no-ai", "--no-version-check", expected=0)


def pytest_html(folder: Path) -> None:
    (folder / "test_sites.py").write_text(
        "import pytest\n\n@pytest.mark.parametrize('site', ['Ahr', 'Mosel'])\ndef test_site(site):\n    assert site != 'Mosel'\n"
    )
    _run(folder, "pytest", "--html=index.html", "-p", "no:cacheprovider", "test_sites.py", expected=1)


def _run(folder: Path, *command: str, expected: int) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == expected, done.stdout + done.stderr


MAKERS: list[Callable[[Path], None]] = [altair, multiqc, nbconvert, pandoc, plotly, pytest_html]


def main(folder: Path) -> None:
    for make in MAKERS:
        own = folder / make.__name__
        own.mkdir(parents=True)
        make(own)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
