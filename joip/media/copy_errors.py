"""Why an object was not copied or stored, and whether asking again may help."""


class CopyError(Exception):
    """An object was not copied, or not stored."""


class SourceMissing(CopyError):
    """The object to copy is not there. Asking again will not help."""


class StoreUnavailable(CopyError):
    """The store did not answer, or asked to be left alone. Asking again may help."""
