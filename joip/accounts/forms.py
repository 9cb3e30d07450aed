from django.contrib.admin.forms import AdminPasswordChangeForm as OwnPassword
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.core.exceptions import PermissionDenied

from joip.users.models import User


class WritesOnlyThePassword:
    """Django's forms write the whole row, and would bring back an account deleted meanwhile."""

    def set_password_and_save(self, user, *names, commit=True):
        user = super().set_password_and_save(user, *names, commit=False)
        # Still who they were when the right to do this was checked: not deleted, nor made staff.
        same = User.objects.filter(
            pk=user.pk,
            username=user.username,
            is_staff=user.is_staff,
            is_superuser=user.is_superuser,
        )
        if not same.update(password=user.password):
            raise PermissionDenied
        return user


class PersonPasswordForm(WritesOnlyThePassword, AdminPasswordChangeForm):
    pass


class OwnPasswordForm(WritesOnlyThePassword, OwnPassword):
    pass
