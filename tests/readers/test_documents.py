"""Documents that are made here: what no file of the corpus has."""

import io

import pptx
import pytest
from PIL import Image
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Inches
from readers.running import pixels, preview, run, thumbnail
from support.data.office_97 import CompoundWriter, slides_until_2003, word_document

from shared.readers.errors import UnreadableFile


def talk() -> bytes:
    """Two slides of 10 by 7.5 inches: the first with a title, a red box at the left and a picture at the right, and notes."""
    document = pptx.Presentation()
    slide = document.slides.add_slide(document.slide_layouts[5])
    slide.shapes.title.text = "Harvest of 2026"
    box = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(1), Inches(3), Inches(3), Inches(3))
    box.fill.solid()
    box.fill.fore_color.rgb = RGBColor(200, 0, 0)
    box.text_frame.text = "Two fields"
    picture = io.BytesIO()
    Image.new("RGB", (30, 30), (0, 0, 220)).save(picture, "PNG")
    shown = slide.shapes.add_picture(picture, Inches(6), Inches(3), Inches(3), Inches(3))
    shown._element.nvPicPr.cNvPr.set("descr", "A field")
    slide.notes_slide.notes_text_frame.text = "Speak slowly"
    second = document.slides.add_slide(document.slide_layouts[1])
    second.shapes.title.text = "Table"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(2)).table
    table.cell(0, 0).text = "grape"
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


TALK = talk()


def test_slide_has_its_title_text_pictures_and_notes() -> None:
    first, second = preview(TALK, "talk.pptx")["pages"]
    assert (first["title"], first["notes"]) == ("Harvest of 2026", "Speak slowly")
    assert "Two fields" in first["text"]
    assert "Speak slowly" not in first["text"]
    [picture] = first["pictures"]
    assert picture["description"] == "A field"
    blue = thumbnail(TALK, "talk.pptx", member=picture["member"])
    assert pixels(blue).mean(axis=(0, 1)).tolist() == pytest.approx((0, 0, 220), abs=8)
    assert "grape" in second["text"]
    assert b"Speak slowly" in run("texts", TALK, "talk.pptx").body


def test_slide_is_drawn_with_what_stands_on_it() -> None:
    slide = thumbnail(TALK, "talk.pptx", width=500, height=500)
    assert slide.size == (500, 375)
    shown = pixels(slide)
    assert shown[290, 60].tolist() == pytest.approx((200, 0, 0), abs=12)
    assert shown[225, 375].tolist() == pytest.approx((0, 0, 220), abs=12)
    assert shown[10, 10].tolist() == pytest.approx((255, 255, 255), abs=6)
    assert shown[20:100].min() < 80  # the title
    assert pixels(thumbnail(TALK, "talk.pptx", width=500, height=500, page=2))[100:].min() < 120
    with pytest.raises(UnreadableFile, match="2 slides"):
        thumbnail(TALK, "talk.pptx", page=3)


def test_text_of_a_word_document_until_2003_is_put_together_from_its_pieces() -> None:
    link = '\x13 HYPERLINK "https://example.org" \x14Riesling\x15'
    found = preview(
        word_document([("Grapes of the year\r", True), (f"{link}: ½ → ж\r\x0cSecond page\r", False)]), "a.doc"
    )
    assert [page["text"] for page in found["pages"]] == ["Grapes of the year\nRiesling: ½ → ж", "Second page"]
    assert (found["kind"], found["format"], found["total_pages"], found["complete"]) == ("document", "doc", 2, True)


def test_footnotes_of_a_word_document_come_after_its_text() -> None:
    content = word_document([("Text\x02\r\x02 A note\r", True)], footnotes=9)
    assert run("texts", content, "a.doc").body == b"Text\n A note"


def test_protected_word_document_says_so() -> None:
    with pytest.raises(UnreadableFile, match="protected by a password"):
        preview(word_document([("secret", True)], flags=0x0100), "a.doc")


def test_document_of_another_program_in_a_compound_file_is_not_taken_for_word() -> None:
    file = CompoundWriter()
    file.add("Contents", b"of another program")
    with pytest.raises(UnreadableFile, match="holds no text of Word"):
        preview(file.content(), "a.doc")
    with pytest.raises(UnreadableFile, match="holds no slides of PowerPoint"):
        preview(file.content(), "a.ppt")


def test_slides_until_2003_are_shown_as_they_were_saved_last() -> None:
    found = preview(slides_until_2003("Two fields\rж", before="Old text"), "a.ppt")
    [page] = found["pages"]
    assert (page["title"], page["text"], page["notes"]) == ("Harvest", "Harvest\n\nTwo fields\nж", "Speak slowly")
    assert (found["format"], found["total_pages"], found["has_pictures"]) == ("ppt", 1, False)
    assert (
        run("texts", slides_until_2003("Two fields\rж", before="Old text"), "a.pps").body.decode()
        == "Harvest\n\nTwo fields\nж\n\nSpeak slowly"
    )
