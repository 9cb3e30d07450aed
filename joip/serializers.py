from collections.abc import Mapping

from rest_framework import serializers


class StrictSerializer(serializers.Serializer):
    """Refuses fields that it does not know, by name."""

    @classmethod
    def read(cls, data, **options) -> dict:
        """What was asked for, checked. Raises ValidationError (400)."""
        asked = cls(data=data, **options)
        asked.is_valid(raise_exception=True)
        return asked.validated_data

    def to_internal_value(self, data):
        if isinstance(data, Mapping):
            allowed = [name for name, field in self.fields.items() if not field.read_only]
            unknown = f"Unknown or not yours to set. Allowed: {', '.join(allowed)}."
            problems = {str(name): [unknown] for name in data if name not in allowed}
            if problems:
                raise serializers.ValidationError(problems)
        return super().to_internal_value(data)


class SuccessSerializer(serializers.Serializer):
    success = serializers.BooleanField()
