from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from rest_framework import serializers

from joip.serializers import StrictSerializer


class UsernameField(serializers.CharField):
    """In one form of Unicode, so that what looks the same is the same, as in Django's admin."""

    def __init__(self, **options):
        super().__init__(max_length=150, **options)

    def to_internal_value(self, data):
        return User.normalize_username(super().to_internal_value(data))


class PasswordField(serializers.CharField):
    def __init__(self, **options):
        super().__init__(max_length=128, trim_whitespace=False, **options)


class RegisterSerializer(StrictSerializer):
    username = UsernameField(validators=[UnicodeUsernameValidator()])
    password = PasswordField()
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    displayName = serializers.CharField(
        source="display_name", required=False, allow_blank=True, max_length=150
    )


class LoginSerializer(StrictSerializer):
    username = UsernameField()
    password = PasswordField()


class PasswordChangeSerializer(StrictSerializer):
    currentPassword = PasswordField()
    newPassword = PasswordField()


class DisplayNameSerializer(StrictSerializer):
    displayName = serializers.CharField(
        allow_blank=True, max_length=150, help_text='Blank means "Member" and a number.'
    )


class PasswordSerializer(StrictSerializer):
    password = PasswordField()


class UserSerializer(serializers.Serializer):
    """What `user_json` answers."""

    id = serializers.IntegerField()
    displayName = serializers.CharField()
    isStaff = serializers.BooleanField()
    isPremium = serializers.BooleanField()
    balance = serializers.IntegerField(help_text="Credits.")
