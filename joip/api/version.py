from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from joip import __version__
from joip.api.openapi import described


class VersionSerializer(serializers.Serializer):
    version = serializers.CharField(help_text="Of the server, as in its changelog.")


class VersionView(APIView):
    permission_classes = [AllowAny]

    @described("Read the version", answer=VersionSerializer, signed_in=False)
    def get(self, request):
        """The version of the server. It needs no sign-in."""
        return Response({"version": __version__})
