from django.core.management.base import BaseCommand, CommandError

from joip.media.incoming.reading import MAX_FILE_BYTES
from joip.media.store_problems import StoreProblem
from joip.operations.store_check import check_store


class Command(BaseCommand):
    help = (
        "Tries the media store with small objects, makes missing buckets, and says what is wrong. "
        "Exits with 1 if the configuration has to be changed, but not if the store does not answer."
    )
    requires_system_checks = ()  # they import all views: a quarter of the start

    def add_arguments(self, parser):
        parser.add_argument(
            "--largest",
            action="store_true",
            help=f"Also store an object of {MAX_FILE_BYTES // 2**20} MB in each bucket, as large "
            "as an upload may be.",
        )

    def handle(self, *, largest, **options):
        try:
            for found in check_store(largest=MAX_FILE_BYTES if largest else 0):
                if isinstance(found, StoreProblem):
                    self.warn(found)
                else:
                    self.stdout.write(found)
        except StoreProblem as problem:
            if problem.is_wrong:
                raise CommandError(str(problem)) from problem
            self.warn(problem)
        else:
            self.stdout.write("The media store works.")

    def warn(self, problem):
        self.stderr.write(self.style.WARNING(f"Warning: {problem}"))
