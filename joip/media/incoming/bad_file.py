"""Why a file is not accepted, in words for the person who sent it."""

WANTED = "PNG, JPEG, GIF, WebP and HEIC pictures and MP4, QuickTime and WebM videos are accepted."


class BadFile(ValueError):
    """The file is not accepted. The message says what is wrong and what to do."""


class CutOff(BadFile):
    """The file ends before its content does."""

    def __init__(self, what: str = "The file"):
        super().__init__(f"{what} is cut off: its end is missing. Send the whole file again.")


class Damaged(BadFile):
    """The file contradicts itself, so that browsers do not show it."""

    def __init__(self, what: str = "The file"):
        super().__init__(f"{what} is damaged and cannot be shown. Export it again.")
