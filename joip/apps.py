from django.apps import AppConfig


class JoipConfig(AppConfig):
    name = "joip"
    verbose_name = "JOIP"
