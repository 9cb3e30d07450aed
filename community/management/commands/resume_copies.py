import time
from collections import Counter

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from community.moderation import finish_decisions
from joip.media.store_problems import StoreProblem, ask_store
from sessions.copying import Outcome, resume_copy
from sessions.models import Session
from sessions.queued_copies import defer_forgotten
from sessions.queueing import copies_in_workers

OUTCOMES = {
    Outcome.READY: "ready",
    Outcome.FAILED: "failed",
    Outcome.GONE: "deleted",
    Outcome.LOST: "left to another process",
    Outcome.POSTPONED: "postponed, since the clock of this machine is wrong",
    None: "left to another process",
}


class Command(BaseCommand):
    help = (
        "Finishes copies that nobody has begun or whose process died, and decisions of staff that "
        "were to reach the shares of copies. Exits with 1 if a copy failed. With COPY_IN=workers, "
        "workers finish the copies."
    )
    requires_system_checks = ()  # they import all views: a quarter of the start

    def add_arguments(self, parser):
        parser.add_argument(
            "--wait",
            action="store_true",
            help="First wait COPY_LEASE_SECONDS, so that the leases of a server that has just "
            "stopped expire. For the start of a server.",
        )

    def handle(self, *, wait, **options):
        if finished := finish_decisions():
            self.stdout.write(f"{finished} decisions of staff finished")
        if wait:
            time.sleep(settings.COPY_LEASE_SECONDS)
        if copies_in_workers():
            self.stdout.write(f"{defer_forgotten()} copies left to workers")
            return
        try:
            ask_store()  # or every copy would fail, and be refunded, for one wrong setting
        except StoreProblem as problem:
            raise CommandError(str(problem)) from problem
        outcomes = Counter()
        unfinished = list(Session.objects.to_resume().order_by("pk"))
        for session in tqdm(unfinished, desc="Resuming", unit="session", disable=None):
            outcome = self.resume(session)
            outcomes[outcome] += 1
            with tqdm.external_write_mode():
                self.stdout.write(f"session {session.pk}: {outcome}")
        self.stdout.write(
            ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
            or "nothing to resume"
        )
        if outcomes["failed"]:
            raise CommandError(f"{outcomes['failed']} could not be finished")

    def resume(self, session):
        try:
            return OUTCOMES[resume_copy(session=session)]
        except Exception as error:
            self.stderr.write(str(error))
            return "failed"
