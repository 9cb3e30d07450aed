from rest_framework import serializers


class SavedSerializer(serializers.Serializer):
    success = serializers.BooleanField(help_text="Always true on successful save")
    sessionId = serializers.IntegerField(help_text="The ID of the saved session in your library")
    reused = serializers.BooleanField(
        help_text="true if the session was already saved previously (no new credits consumed)"
    )
