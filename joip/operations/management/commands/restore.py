from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from joip.media.copy_errors import CopyError
from joip.media.store_problems import StoreProblem, ask_store
from joip.operations.backups.folders import BackupProblem
from joip.operations.backups.restoring import restore_backup
from sessions.backup_leases import BackupLeaseLost


class Command(BaseCommand):
    help = (
        "Restores a backup into the database and the media store of the settings, which may be of "
        "other kinds than those it was made from. Makes the tables first; refuses a database and a "
        "store that are not empty."
    )
    requires_system_checks = ()  # they import all views: a quarter of the start

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--name",
            help="Which backup in the folder, such as 2026-11-26T03-30-00.123456Z; the "
            "newest by default.",
        )

    def handle(self, *, folder, name, **options):
        try:
            ask_store()
            done = restore_backup(root=folder, name=name, progress=partial(tqdm, disable=None))
        except (BackupProblem, StoreProblem, CopyError) as problem:
            raise CommandError(str(problem)) from problem
        except BackupLeaseLost as error:
            raise CommandError(
                "The restore was stalled, and media may have been deleted meanwhile: run verify."
            ) from error
        self.stdout.write(f"{done.path}: restored {done.rows} rows and {done.objects} objects")
