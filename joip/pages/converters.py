from joip.api.ids import ID, MAX_ID


class IdConverter:
    """An id in an address; what cannot be one is 404."""

    regex = ID

    def to_python(self, value: str) -> int:
        if int(value) > MAX_ID:
            raise ValueError(value)
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
