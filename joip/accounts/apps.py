from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class AccountsConfig(AppConfig):
    name = "joip.accounts"


class JOIPAdminConfig(admin_apps.AdminConfig):
    default = False  # in this module, that of `joip.accounts` is
    default_site = "joip.accounts.admin_site.JOIPAdminSite"
