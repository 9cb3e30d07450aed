from collections.abc import Mapping

from rest_framework import serializers


class StrictSerializer(serializers.Serializer):
    """Refuses fields that it does not know, by name."""

    def to_internal_value(self, data):
        if isinstance(data, Mapping):
            allowed = [name for name, field in self.fields.items() if not field.read_only]
            unknown = f"Unknown or not yours to set. Allowed: {', '.join(allowed)}."
            problems = {str(name): [unknown] for name in data if name not in allowed}
            if problems:
                raise serializers.ValidationError(problems)
        return super().to_internal_value(data)
