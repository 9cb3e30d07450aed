from collections import Counter
from functools import partial
from itertools import chain

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from joip.media.copy_errors import CopyError
from joip.media.store_problems import StoreProblem, ask_store
from joip.operations.backups.object_lists import ObjectLists
from joip.operations.verifying import count_orphans, faults_of_objects, faults_of_rows

MAX_PRINTED = 20  # of each check


class Command(BaseCommand):
    help = (
        "Checks what always holds: that balances are the sums of their rows, for example, and that "
        "the object of every slide is in the media store. Changes nothing. Exits with 1 and a list "
        "if something does not hold."
    )
    requires_system_checks = ()  # they import all views: a quarter of the start

    def add_arguments(self, parser):
        parser.add_argument(
            "--no-store", action="store_true", help="Check the database alone, without the media."
        )

    def handle(self, *, no_store, **options):
        progress = partial(tqdm, disable=None)
        faults = Counter()
        try:
            with ObjectLists() as lists:
                found = faults_of_rows(progress)
                if not no_store:
                    ask_store()
                    found = chain(found, faults_of_objects(lists, progress))
                for check, fault in found:
                    faults[check] += 1
                    if faults[check] <= MAX_PRINTED:
                        self.print(f"{check}: {fault}")
                if not no_store:
                    self.print(f"{count_orphans(lists)} objects that no slide names")
        except (StoreProblem, CopyError) as problem:
            raise CommandError(str(problem)) from problem
        for check, count in faults.items():
            if count > MAX_PRINTED:
                self.print(f"{check}: {count - MAX_PRINTED} more")
        if faults:
            raise CommandError(f"{faults.total()} faults")
        self.print("no faults")

    def print(self, line):
        with tqdm.external_write_mode():
            self.stdout.write(line)
