from collections import Counter

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from joip.media.store_problems import StoreProblem, ask_store, problem_of, store_problems
from sessions.pruning import (
    KEYS,
    BackupRuns,
    old_objects,
    orphans,
    prune,
    refuse_during_backup,
)
from sessions.snapshots import remove_retired_snapshots


class Command(BaseCommand):
    help = (
        "Deletes retired snapshots that no copy reads, and objects older than a day that no "
        "slide names. Exits with 1 if an object could not be deleted, or if a backup runs."
    )
    requires_system_checks = ()  # they import all views: a quarter of the start

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="Only print them.")

    def handle(self, *, dry_run, **options):
        try:
            ask_store()
            if not dry_run:
                refuse_during_backup()
            self.prune_all(dry_run)
        except StoreProblem as problem:
            raise CommandError(str(problem)) from problem
        except BackupRuns as error:
            raise CommandError("A backup runs: prune again when it has ended.") from error

    def prune_all(self, dry_run):
        if not dry_run:
            remove_retired_snapshots()
        outcomes = Counter()
        for bucket in KEYS:
            looked_at = tqdm(old_objects(bucket), desc=bucket, unit="object", disable=None)
            with store_problems(bucket):
                for key in orphans(bucket, looked_at):
                    outcome = "orphan" if dry_run else self.prune(bucket, key)
                    outcomes[outcome] += 1
                    with tqdm.external_write_mode():
                        self.stdout.write(f"{bucket}/{key}: {outcome}")
        self.stdout.write(
            ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items()) or "no orphans"
        )
        if outcomes["failed"]:
            raise CommandError(f"{outcomes['failed']} could not be deleted")

    def prune(self, bucket, key):
        try:
            return "deleted" if prune(bucket, key) else "not an orphan any more"
        except BackupRuns:
            raise
        except Exception as error:
            self.stderr.write(str(problem_of(error, bucket) or error))
            return "failed"
