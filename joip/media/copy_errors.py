"""Why an object was not copied or stored, and whether asking again may help."""


class CopyError(Exception):
    """An object was not copied, or not stored. Asking again will not help."""

    # Of the store's answer, where there was one.
    status = 0
    code = ""
    message = ""


class SourceMissing(CopyError):
    """The object to copy is not there."""


class StoreUnavailable(CopyError):
    """The store did not answer, or asked to be left alone. Asking again may help."""


class WrongClock(CopyError):
    """The store refuses every request of this machine, whose clock differs from its own."""


class StoreLimit(CopyError):
    """The store, or its bucket, accepts no object of this size (413) or of this type (415)."""

    def __init__(self, reason: str, *, status: int, message: str, max_bytes: int | None):
        super().__init__(reason)
        self.status = status
        self.message = message
        self.max_bytes = max_bytes  # where the store says it
