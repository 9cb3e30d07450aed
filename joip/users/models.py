from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q

from joip.users.display_names import check_display_name
from joip.users.normal_forms import (
    MAX_USERNAME_LENGTH,
    check_username,
    normal_password,
    normal_username,
)
from joip.visible_text import VisibleCharField


class PeopleManager(UserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return super().get_by_natural_key(username and normal_username(username))

    async def aget_by_natural_key(self, username: str | None) -> "User":
        return await super().aget_by_natural_key(username and normal_username(username))

    def _create_user_object(
        self, username: str, email: str | None, password: str | None, **extra_fields: Any
    ) -> "User":
        """Django's hashes the password as it was typed."""
        user: User = super()._create_user_object(  # type: ignore[misc]  # not in the stubs
            username, email, None, **extra_fields
        )
        user.set_password(password)
        return user

    def named(self, username: str) -> "User | None":
        return self.filter(username=normal_username(username)).first()

    def user_name_of(self, typed: str) -> str:
        """Of whom `typed` stands for in a sign-in: by user name, else by a confirmed address."""
        if "@" not in typed or self.named(typed):
            return typed
        holder = self.holding(typed)
        return holder.username if holder else typed

    def holding(self, email: str) -> "User | None":
        """Who has confirmed this address."""
        confirmed = self.filter(email_confirmed_at__isnull=False, is_active=True)
        return confirmed.filter(email=self.normalize_email(email)).first()

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return (email or "").strip().lower()


class User(AbstractUser):
    """A person. Deleting an account empties the row; the ledger points at it for good."""

    first_name = None  # type: ignore[assignment]  # Django's way to leave a field out
    last_name = None  # type: ignore[assignment]  # the same

    username = models.CharField(
        max_length=MAX_USERNAME_LENGTH,
        unique=True,
        validators=[check_username],
        help_text="To sign in with; shown to nobody else. Case does not matter.",
        error_messages={"unique": "This user name is taken."},
    )
    display_name = VisibleCharField(
        max_length=150,
        blank=True,
        validators=[check_display_name],
        help_text="What others see. Blank means “Member” and a number.",
    )
    email = models.EmailField("e-mail address", blank=True, help_text="Stored in lower case.")
    email_confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    new_email = models.EmailField(
        blank=True,
        editable=False,
        help_text="Replaces the confirmed e-mail address once it is confirmed itself.",
    )

    objects: ClassVar[PeopleManager] = PeopleManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_confirmed_email_has_one_owner",
                fields=["email"],
                condition=Q(email_confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_confirmed_email_is_not_blank",
                condition=Q(email_confirmed_at__isnull=True) | ~Q(email=""),
            ),
            models.CheckConstraint(
                name="only_a_confirmed_email_is_replaced",
                condition=Q(email_confirmed_at__isnull=False) | Q(new_email=""),
            ),
        ]

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return normal_username(username)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password and normal_password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(raw_password and normal_password(raw_password))

    async def acheck_password(self, raw_password: str | None) -> bool:
        return await super().acheck_password(raw_password and normal_password(raw_password))

    def __str__(self) -> str:
        return f"Person {self.pk}"  # staff read names by `joip.users.shown_names` alone

    @property
    def public_name(self) -> str:
        """What others see. Never the user name, which may be an e-mail address."""
        return self.display_name or f"Member {self.pk}"

    @property
    def unconfirmed_email(self) -> str:
        """The address that waits for its confirmation."""
        return self.new_email if self.email_confirmed_at else self.email

    def get_full_name(self) -> str:
        return self.public_name

    def get_short_name(self) -> str:
        return self.public_name
