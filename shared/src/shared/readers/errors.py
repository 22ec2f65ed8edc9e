"""Why a file cannot be shown."""


class UnreadableFile(Exception):
    """The content is damaged, too large, or not of the format that its name says; the text tells people which."""


class NoSuchReader(Exception):
    """Nothing reads this operation for this kind of file, rows of a picture for example."""


class WrongFamily(Exception):
    """The reader belongs to a family that this process has not loaded. What is compressed or in an archive is known only when it is opened."""

    def __init__(self, family: str) -> None:
        super().__init__(f"The reader is in the family {family}")
        self.family = family
