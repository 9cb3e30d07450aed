from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from joip.media.copy_errors import CopyError
from joip.media.store_problems import StoreProblem, ask_store
from joip.operations.backups.folders import BackupProblem
from joip.operations.backups.making import make_backup
from sessions.backup_leases import BackupLeaseLost


class Command(BaseCommand):
    help = (
        "Writes a backup of the database and the media into a folder, while JOIP runs. Media that "
        "the folder has are not read again. Exits with 1 if there is no new backup, or if the "
        "store lacks an object that the backup should have."
    )
    requires_system_checks = ()  # they import all views: a quarter of the start

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--quick",
            action="store_true",
            help="Compare the media in the folder by size only, without reading them.",
        )
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="Afterwards, remove all backups in the folder but the last N.",
        )

    def handle(self, *, folder, quick, keep, **options):
        if keep is not None and keep < 1:
            raise CommandError("--keep must be 1 or more.")
        try:
            ask_store()
            made = make_backup(
                root=folder, quick=quick, keep=keep, progress=partial(tqdm, disable=None)
            )
        except (BackupProblem, StoreProblem, CopyError) as problem:
            raise CommandError(str(problem)) from problem
        except BackupLeaseLost as error:
            raise CommandError(
                "The backup was stalled, and media may have been deleted meanwhile: try again."
            ) from error
        self.stdout.write(
            f"{made.path}: {made.rows} rows, {made.objects} objects, of which {made.read} were "
            "read from the store"
        )
        for name in made.missing:
            self.stderr.write(f"missing in the store: {name}")
        if made.missing:
            raise CommandError(f"The backup is complete but for {len(made.missing)} objects.")
