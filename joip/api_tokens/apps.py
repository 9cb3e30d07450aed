from django.apps import AppConfig


class ApiTokensConfig(AppConfig):
    name = "joip.api_tokens"
    verbose_name = "API tokens"
