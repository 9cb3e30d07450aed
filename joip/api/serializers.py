"""What the serializers of every app share."""

from collections.abc import Mapping

from rest_framework import serializers

from joip.api.ids import MAX_ID
from joip.visible_text import visible_text


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
            unknown = f"Unknown or read-only. Allowed: {', '.join(allowed)}."
            problems = {str(name): [unknown] for name in data if name not in allowed}
            if problems:
                raise serializers.ValidationError(problems)
        return super().to_internal_value(data)


class VisibleTextField(serializers.CharField):
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
