"""Contents of files, as the web catalog shows them."""

import io
import json
import re
import wave
import zipfile

import numpy as np
import pptx
import py7zr
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tifffile
from e2e.catalog.conftest import World
from playwright.sync_api import Page, expect
from support.worlds.system import BUCKET

FOLDER = f"/b/{BUCKET}/tree/kinds"
NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"language_info": {"name": "python"}},
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": "# Harvest of 2026"},
        {
            "cell_type": "code",
            "execution_count": 3,
            "metadata": {},
            "source": "frame",
            "outputs": [
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {
                        "image/png": "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC"
                    },
                },
                {
                    "output_type": "execute_result",
                    "execution_count": 3,
                    "metadata": {},
                    "data": {
                        "text/html": "<table><tr><td>Ahr</td></tr></table><script>document.title = 'broken into'</script>"
                    },
                },
            ],
        },
    ],
}


def parquet() -> bytes:
    file = io.BytesIO()
    table = pa.table({"bottle": list(range(20_000)), "region": [f"R{n % 7}" if n % 4 else None for n in range(20_000)]})
    pq.write_table(table, file, row_group_size=5_000)
    return file.getvalue()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("code/press.py", "def press(grapes):\n    return 'juice'\n")
    return file.getvalue()


def picture() -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, np.arange(3 * 64 * 48, dtype=np.uint16).reshape(3, 48, 64), photometric="minisblack")
    return file.getvalue()


def sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8_000)
        made.writeframes(bytes(16_000))
    return file.getvalue()


def seven_zip() -> bytes:
    file = io.BytesIO()
    with py7zr.SevenZipFile(file, "w") as made:
        made.writestr("bottle,region\n1,Ahr\n", "data/bottles.csv")
    return file.getvalue()


def talk() -> bytes:
    file = io.BytesIO()
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "Harvest of 2026"
    slide.notes_slide.notes_text_frame.text = "Speak slowly"
    made.save(file)
    return file.getvalue()


@pytest.fixture(scope="module")
def kinds(world: World) -> None:
    files = {
        "bottles.parquet": parquet(),
        "harvest.ipynb": json.dumps(NOTEBOOK).encode(),
        "all.zip": archive(),
        "all.7z": seven_zip(),
        "talk.pptx": talk(),
        "leaf.tif": picture(),
        "cork.wav": sound(),
        "odd.bin": bytes(range(256)),
    }
    world.amy.act("put", BUCKET, stdin=json.dumps({f"kinds/{name}": body.hex() for name, body in files.items()}))


@pytest.mark.long
@pytest.mark.usefixtures("kinds")
def test_eight_kinds_of_files_show_what_they_hold(amy: Page) -> None:
    amy.goto(f"{FOLDER}/bottles.parquet")
    table = amy.get_by_role("grid", name="Table of bottles.parquet")
    expect(table.get_by_role("row", name="2 1 R1", exact=True)).to_be_visible()
    expect(amy.get_by_text("20,000 rows, 2 columns")).to_be_visible()
    expect(table.get_by_text("25 % missing")).to_be_visible()
    table.focus()
    amy.keyboard.press("Control+End")
    expect(table.get_by_role("gridcell", name="19999", exact=True)).to_be_visible()
    table.get_by_role("button", name="bottle", exact=True).click()
    table.get_by_role("button", name="bottle", exact=True).click()
    expect(table.get_by_role("columnheader", name="bottle")).to_have_attribute("aria-sort", "descending")

    amy.goto(f"{FOLDER}/harvest.ipynb")
    expect(amy.get_by_role("heading", name="Harvest of 2026")).to_be_visible()
    plot = amy.get_by_role("img", name="Output 1 of cell 2")
    assert plot.evaluate("image => image.decode().then(() => image.naturalWidth)") == 10
    expect(amy.get_by_role("cell", name="Ahr")).to_be_visible()
    expect(amy).not_to_have_title("broken into")

    amy.goto(f"{FOLDER}/all.zip")
    amy.get_by_role("button", name="code/press.py").click()
    expect(amy.get_by_role("region", name="Text of press.py")).to_contain_text("return 'juice'")
    expect(amy.get_by_role("region", name="Text of press.py").locator(".hljs-keyword").first).to_have_text("def")

    amy.goto(f"{FOLDER}/all.7z")
    amy.get_by_role("button", name="data/bottles.csv").click()
    members = amy.get_by_role("grid", name="Table of bottles.csv")
    expect(members.get_by_role("gridcell", name="Ahr", exact=True)).to_be_visible()

    amy.goto(f"{FOLDER}/talk.pptx")
    slide = amy.get_by_role("img", name="Harvest of 2026")
    assert slide.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1_024
    expect(amy.get_by_role("complementary", name="Notes to page 1")).to_have_text("Speak slowly")
    amy.get_by_role("button", name="Text only").click()
    expect(amy.get_by_role("heading", name="Harvest of 2026")).to_be_visible()

    amy.goto(f"{FOLDER}/leaf.tif")
    leaf = amy.get_by_role("img", name="leaf.tif")
    assert leaf.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    amy.get_by_role("button", name="Next page").click()
    expect(leaf).to_have_attribute("src", re.compile("[?&]page=2&"))

    amy.goto(f"{FOLDER}/cork.wav")
    player = amy.get_by_label("cork.wav", exact=True)
    expect(player).to_have_js_property("duration", 1)

    amy.goto(f"{FOLDER}/odd.bin")
    expect(amy.get_by_role("region", name="Bytes of odd.bin")).to_contain_text("00 01 02 03")


@pytest.mark.usefixtures("kinds")
@pytest.mark.long
def test_a_gallery_shows_the_pictures_of_a_folder(amy: Page) -> None:
    amy.goto(f"{FOLDER}/?view=gallery")
    link = amy.get_by_role("link", name="leaf.tif")
    assert link.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    link.click()
    expect(amy.get_by_role("region", name="Picture leaf.tif")).to_be_visible()
