"""What the serializers of every app share."""

from collections.abc import Mapping

from rest_framework import serializers

from joip.api.ids import MAX_ID
from joip.errors import MAX_NAME_LENGTH
from joip.visible_text import visible_text

MAX_UNKNOWN_FIELDS = 10  # named in an answer


class StrictSerializer(serializers.Serializer):
    """Refuses fields that it does not know, by name."""

    @classmethod
    def read(cls, data, **options) -> dict:
        serializer = cls(data=data, **options)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def to_internal_value(self, data):
        if isinstance(data, Mapping):
            allowed = [name for name, field in self.fields.items() if not field.read_only]
            unknown = [name for name in data if name not in allowed][:MAX_UNKNOWN_FIELDS]
            if unknown:
                problem = f"Unknown or read-only. Allowed: {', '.join(allowed)}."
                raise serializers.ValidationError(
                    {str(name)[:MAX_NAME_LENGTH]: [problem] for name in unknown}
                )
        return super().to_internal_value(data)


class ListField(serializers.ListField):
    """Counts the items before it looks at them: a body may hold a million."""

    def to_internal_value(self, data):
        if isinstance(data, list) and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """Checks the length first: other validators may take seconds for a megabyte."""

    def run_validators(self, value):
        if self.max_length is not None and len(value) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        super().run_validators(value)


class VisibleTextField(TextField):
    """Text that people see; `joip.visible_text` says what is allowed."""

    def __init__(self, *, lines: bool = False, **options):
        super().__init__(**options)
        self.lines = lines

    def to_internal_value(self, data):
        return visible_text(super().to_internal_value(data), lines=self.lines)


class IdField(serializers.IntegerField):
    """A number that can be an id; SQLite fails on larger ones."""

    def __init__(self, **options):
        super().__init__(min_value=1, max_value=MAX_ID, **options)


class SuccessSerializer(serializers.Serializer):
    success = serializers.BooleanField()
