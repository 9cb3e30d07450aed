from django.contrib.auth import authenticate, login, logout
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from credits.ledger import balance_of
from credits.pricing import is_premium
from joip.accounts.deletion import delete_account
from joip.accounts.guesses import try_own_password
from joip.accounts.open_sign_ins import keep_only_this_sign_in
from joip.accounts.passwords import change_password
from joip.accounts.profiles import change_display_name
from joip.accounts.registration import (
    RegistrationClosed,
    confirm_after_sign_up,
    count_sign_up,
    refuse_when_closed,
    register,
)
from joip.accounts.second_factors import SecondFactorRequired, require_second_factor
from joip.accounts.serializers import (
    DisplayNameSerializer,
    LoginSerializer,
    PasswordChangeSerializer,
    PasswordSerializer,
    RegisterSerializer,
    UserSerializer,
)
from joip.api.authentication import Unauthorized, refuse_cross_origin
from joip.api.openapi import described
from joip.api.security_log import record
from joip.api.serializers import SuccessSerializer
from joip.errors import InvalidFields


class RegisterView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @described(
        "Sign up",
        answer=UserSerializer,
        status=201,
        body=RegisterSerializer,
        refusals=[RegistrationClosed],
        signed_in=False,
    )
    def post(self, request):
        """Creates an account, gives it the sign-up credits, and signs in. The user name is unique,
        ignoring case, and is shown to nobody else. After ten attempts in an hour from one address,
        it answers 429 until the hour ends.
        """
        refuse_cross_origin(request)  # signed out, so no authentication class asks
        refuse_when_closed()
        asked = RegisterSerializer.read(request.data)
        count_sign_up(request)
        user = register(**asked)
        confirm_after_sign_up(request, user)
        login(request._request, user)
        return Response(user_json(user), status=201)


class LoginView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @described(
        "Sign in",
        answer=UserSerializer,
        body=LoginSerializer,
        refusals=[Unauthorized, SecondFactorRequired],
        signed_in=False,
    )
    def post(self, request):
        """Sets the `session` cookie, which the other endpoints require unless a request carries a
        token. An account with a second factor needs its code too; without a valid one, the answer
        is 403 with the code `SECOND_FACTOR_REQUIRED`. After too many wrong
        passwords from one address, it answers 429 until the window ends; after too many for one
        account, browsers that have not signed in to it before may try once in five seconds.
        """
        refuse_cross_origin(request)
        asked = LoginSerializer.read(request.data)
        code = asked.pop("code", None)
        user = authenticate(request._request, **asked)
        if user is None:
            raise AuthenticationFailed
        require_second_factor(request, user=user, code=code)
        login(request._request, user)
        return Response(user_json(user))

    def get_authenticate_header(self, request):
        return "Session"  # a wrong password is 401, not 403


class LogoutView(APIView):
    @described("Sign out", answer=SuccessSerializer, by_token=False)
    def post(self, request):
        """Ends this sign-in. Sign-ins on other devices stay."""
        logout(request._request)
        return Response({"success": True})


class PasswordView(APIView):
    @described(
        "Change the password",
        answer=SuccessSerializer,
        body=PasswordChangeSerializer,
        by_token=False,
    )
    def post(self, request):
        """Changes the password. This sign-in stays valid, and all others end."""
        asked = PasswordChangeSerializer.read(request.data)
        require_password(request, asked["currentPassword"], field="currentPassword")
        change_password(user=request.user, new_password=asked["newPassword"])
        keep_only_this_sign_in(request._request, request.user)
        record("password-changed", request, person=request.user.pk)
        return Response({"success": True})


class UserView(APIView):
    @described("Who is signed in", answer=UserSerializer)
    def get(self, request):
        """Shows your own account."""
        return Response(user_json(request.user))

    @described(
        "Change the display name", answer=UserSerializer, body=DisplayNameSerializer, by_token=False
    )
    def patch(self, request):
        """Changes the name that other people see, at once also on what you have shared. Copies that
        others saved keep the name as of the save.
        """
        asked = DisplayNameSerializer.read(request.data)
        change_display_name(user=request.user, name=asked["displayName"])
        return Response(user_json(request.user))

    @described("Delete the account", status=204, body=PasswordSerializer, by_token=False)
    def delete(self, request):
        """Deletes the account for good, with its library, shares and credits. Requires the password
        in the body. Copies that others saved live on.
        """
        asked = PasswordSerializer.read(request.data)
        require_password(request, asked["password"], field="password")
        delete_account(user=request.user)
        record("account-deleted", request, person=request.user.pk)
        logout(request._request)
        return Response(status=204)


def require_password(request, password: str, *, field: str) -> None:
    if not try_own_password(request, user=request.user, password=password):
        raise InvalidFields({field: ["Wrong password."]})


def user_json(user) -> dict:
    """The account as its owner sees it: `UserSerializer`."""
    return {
        "id": user.pk,
        "displayName": user.public_name,
        "isStaff": user.is_staff,
        "isPremium": is_premium(user),
        "balance": balance_of(user),
    }
