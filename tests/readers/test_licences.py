"""Libraries that come within the wheel of a decoder have a licence that the documentation names."""

import re
from pathlib import Path

import imagecodecs

ROOT = Path(__file__).parents[2]
LIBRARIES = Path(imagecodecs.__file__).parent.with_name("imagecodecs.libs")


def test_each_library_within_imagecodecs_has_a_known_licence() -> None:
    text = (ROOT / "docs" / "operations" / "sandbox.md").read_text().partition("## Licences of the decoders")[2]
    listed = set(re.findall(r"\w+", text))
    bundled = {
        re.sub(r"(_cms|_threads|-c)?-[0-9a-f]{8}\..*", "", path.name).removeprefix("lib")
        for path in LIBRARIES.glob("*.so*")
    }
    assert "x265" not in bundled
    assert bundled <= listed
