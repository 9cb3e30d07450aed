from django.contrib.auth import authenticate, login, logout
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from credits.ledger import balance_of
from credits.pricing import is_premium
from joip.api import refuse_cross_origin
from joip.serializers import StrictSerializer


class LoginSerializer(StrictSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class LoginView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    def post(self, request):
        refuse_cross_origin(request)  # signed out, so no authentication class asks
        asked = LoginSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user = authenticate(request._request, **asked.validated_data)
        if user is None:
            raise AuthenticationFailed
        login(request._request, user)
        return Response(user_json(user))

    def get_authenticate_header(self, request):
        return "Session"  # a wrong password is 401, not 403


class LogoutView(APIView):
    def post(self, request):
        logout(request._request)
        return Response({"success": True})


class UserView(APIView):
    def get(self, request):
        return Response(user_json(request.user))


def user_json(user) -> dict:
    """A person as they see themselves. The user name stays out: it may be an e-mail address."""
    return {
        "id": user.pk,
        "displayName": user.first_name or f"Member {user.pk}",
        "isStaff": user.is_staff,
        "isPremium": is_premium(user),
        "balance": balance_of(user),
    }
