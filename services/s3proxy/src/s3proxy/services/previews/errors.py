from shared.errors import Invalid, NotFound


class Unreadable(Invalid):
    title = "The object does not have the format that its name says"
    slug = "unreadable"


class NoSuchPreview(NotFound):
    title = "This kind of preview is not offered here"
    slug = "no_such_preview"
