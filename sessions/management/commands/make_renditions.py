from collections import Counter

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from sessions.making_renditions import (
    make_renditions,
    make_renditions_later,
    one_by_one,
    slides_without_renditions,
)
from sessions.queueing import copies_in_workers


class Command(BaseCommand):
    help = (
        "Makes the smaller pictures that stored slides lack. It can be stopped and started again. "
        "What cannot be made is named and skipped; then it exits with 1. With COPY_IN=workers, "
        "workers make them, and log what cannot be made."
    )

    def handle(self, **options):
        if copies_in_workers():
            self.stdout.write(f"{make_renditions_later()} sessions left to workers")
            return
        outcomes = Counter()
        for slide in tqdm(one_by_one(slides_without_renditions()), unit="slide", disable=None):
            outcome = self.make(slide)
            outcomes[outcome] += 1
            if outcome != "made":
                with tqdm.external_write_mode():
                    self.stdout.write(f"slide {slide.pk}: {outcome}")
        self.stdout.write(
            ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
            or "nothing to make"
        )
        if outcomes["failed"]:
            raise CommandError(f"{outcomes['failed']} could not be made")

    def make(self, slide):
        try:
            return "made" if make_renditions(slide) else "changed in the meantime"
        except Exception as error:
            self.stderr.write(str(error))
            return "failed"
