from allauth.usersessions.apps import UserSessionsConfig
from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class AccountsConfig(AppConfig):
    name = "joip.accounts"
    default = True  # allauth's configuration, imported above, is a second one in this module

    def ready(self):
        from joip.accounts import sign_ins  # noqa: F401  # receives `user_logged_in`


class JOIPAdminConfig(admin_apps.AdminConfig):
    default = False  # in this module, that of `joip.accounts` is
    default_site = "joip.accounts.admin_site.JOIPAdminSite"

    def ready(self):
        from django.contrib import admin

        super().ready()
        for model in list(admin.site._registry):
            # Jobs of the queue last for seconds, and say nothing that the rows do not.
            if model._meta.app_label == "procrastinate":
                admin.site.unregister(model)


class OpenSignInsConfig(UserSessionsConfig):
    default = False  # as above

    def ready(self):
        """Without allauth's receivers, which know of its own sign-ins only and ask for each session
        by itself: `joip.accounts.open_sign_ins` writes the rows.
        """
