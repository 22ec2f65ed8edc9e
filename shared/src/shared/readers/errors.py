"""Why a file cannot be shown."""


class UnreadableFile(Exception):
    """The content is damaged, too large, or not of the format that its name says; the text tells people which."""


class NoSuchReader(Exception):
    """Nothing reads this operation for this kind of file, rows of a picture for example."""
