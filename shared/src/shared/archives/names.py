"""Names of files in archives: the names that no archive holds, and the samples to which names belong."""

import re

MAX_NAME_BYTES = (1 << 16) - 1
"""UTF-8 bytes of a name, as ZIP counts them."""

_climbs_on_windows = re.compile(r"(?:^|[/\\])\.\.?(?:[/\\]|$)|^\\|^[A-Za-z]:[/\\]").search


def is_unsafe(path: str) -> bool:
    """True for a path that an unpacker could write outside its folder, on Windows too, or that an archive cannot hold.

    Paths in trees have neither empty parts nor "." or "..".
    """
    if "\0" in path or len(path) > MAX_NAME_BYTES or (not path.isascii() and len(path.encode()) > MAX_NAME_BYTES):
        return True
    return ("\\" in path or path[1:3] == ":/") and _climbs_on_windows(path) is not None


def sample_of(name: str) -> str:
    """The part of a file's last name by which WebDataset groups files: up to the first dot, with it. A name without a dot is a sample of its own."""
    return name[: name.find(".") + 1] or name
