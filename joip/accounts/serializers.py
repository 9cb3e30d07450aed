from rest_framework import serializers

from joip.api.serializers import StrictSerializer, VisibleTextField
from joip.users.display_names import check_display_name
from joip.users.normal_forms import (
    MAX_PASSWORD_LENGTH,
    MAX_USERNAME_LENGTH,
    check_username,
)

MAX_EMAIL_LENGTH = 254


class PasswordField(serializers.CharField):
    def __init__(self, **options):
        super().__init__(max_length=MAX_PASSWORD_LENGTH, trim_whitespace=False, **options)


class DisplayNameField(VisibleTextField):
    def __init__(self, **options):
        super().__init__(
            max_length=150,
            allow_blank=True,
            validators=[check_display_name],
            help_text='What others see. Blank means "Member" and a number.',
            **options,
        )


class RegisterSerializer(StrictSerializer):
    username = serializers.CharField(
        max_length=MAX_USERNAME_LENGTH,
        validators=[check_username],
        help_text="To sign in with; nobody else sees it. Case does not matter.",
    )
    password = PasswordField()
    email = serializers.EmailField(required=False, allow_blank=True, max_length=MAX_EMAIL_LENGTH)
    displayName = DisplayNameField(source="display_name", required=False)


class LoginSerializer(StrictSerializer):
    username = serializers.CharField(
        max_length=MAX_USERNAME_LENGTH, help_text="Or the e-mail address, if it is confirmed."
    )
    password = PasswordField()
    code = serializers.CharField(
        max_length=20,
        required=False,
        help_text="For accounts with a second factor: what the authenticator app shows, or a "
        "recovery code.",
    )


class PasswordChangeSerializer(StrictSerializer):
    currentPassword = PasswordField()
    newPassword = PasswordField()


class DisplayNameSerializer(StrictSerializer):
    displayName = DisplayNameField()


class PasswordSerializer(StrictSerializer):
    password = PasswordField()


class UserSerializer(serializers.Serializer):
    """The signed-in person's own account."""

    id = serializers.IntegerField()
    displayName = serializers.CharField()
    isStaff = serializers.BooleanField()
    isPremium = serializers.BooleanField()
    balance = serializers.IntegerField(help_text="Credits.")
