from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "joip.users"
    verbose_name = "People"
