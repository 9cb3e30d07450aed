from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class AccountsConfig(AppConfig):
    name = "joip.accounts"
    default = True

    def ready(self):
        from joip.accounts import sign_ins  # noqa: F401  # receives `user_logged_in`


class AdminConfig(admin_apps.AdminConfig):
    """The entry of Django's admin in INSTALLED_APPS."""

    default = False
    default_site = "joip.accounts.admin_site.AdminSite"
