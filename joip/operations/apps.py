from django.apps import AppConfig, apps
from django.core.checks import Tags, register
from django.db.models.signals import pre_migrate


class OperationsConfig(AppConfig):
    name = "joip.operations"

    def ready(self):
        from joip.operations.database_schema import check_public_tables, make_schema

        # `migrate` sends the signal once for each app that has models; once is enough.
        pre_migrate.connect(make_schema, sender=apps.get_app_config("users"))
        register(check_public_tables, Tags.database)
