from django.contrib.auth.models import AbstractUser


def display_name(user: AbstractUser) -> str:
    """What others see of a person. Never the user name: it may be an e-mail address."""
    return user.first_name or f"Member {user.pk}"
