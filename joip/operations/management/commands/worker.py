import asyncio
import os

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sessions.queueing import copies_in_workers


class Command(BaseCommand):
    help = (
        "Copies the media of saves and shares, where COPY_IN=workers, and does what cron does "
        "otherwise. Any number may run, on any machine. It needs a direct connection to the "
        "database, or a pooler in session mode."
    )
    requires_system_checks = ()  # they import all views: a quarter of the start

    def handle(self, **options):
        if not copies_in_workers():
            raise CommandError(
                "The web server copies by itself, since COPY_IN is `request`. Set COPY_IN=workers "
                "for it and for this command."
            )
        from joip.operations.worker import work

        # Copies wait for the store most of the time; those who open pages wait for the processor.
        os.nice(settings.WORKER_NICENESS)
        asyncio.run(work())
