from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from community import edition_trigger


class CommunityConfig(AppConfig):
    name = "community"

    def ready(self):
        pre_migrate.connect(edition_trigger.drop_on_sqlite, sender=self)
        post_migrate.connect(edition_trigger.create, sender=self)
