"""`manage.py worker`: takes the queue's jobs until it is asked to end.

Tasks run in threads. Large copies never take all of them, and small ones neither: one thread takes
small copies only, the others a large one first. A signal ends it gracefully: no further object is
copied, what has landed is recorded, and the rest is queued for other workers.
"""

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from procrastinate.contrib.django import app, connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector

from joip.clock import clock_problem, log_clock_problem
from joip.media.addresses import MAX_CLOCK_DIFFERENCE_SECONDS
from joip.operations.tasks import UPKEEP
from sessions.object_copies import interrupt_copies
from sessions.queueing import LARGE, SMALL

logger = logging.getLogger(__name__)

UPKEEP_JOBS = 2  # one may take hours: pruning
SPARE_THREADS = 2
PAUSE_SECONDS = 5  # before it looks again, at its clock or for its database
CLOCK_SECONDS = 10


async def work() -> None:
    ending = asyncio.Event()

    def end() -> None:
        ending.set()
        interrupt_copies()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    # asyncio's own would have as many threads as there are cores, and four.
    threads = settings.WORKER_JOBS + UPKEEP_JOBS + SPARE_THREADS
    loop.set_default_executor(ThreadPoolExecutor(threads, thread_name_prefix="worker"))
    while not ending.is_set():
        try:
            if not await clock_is_wrong():
                await take_jobs(ending)
        except (DatabaseError, ConnectorException) as error:
            reason = " ".join(str(error.__cause__ or error).split())
            logger.warning("the worker begins anew: %s", reason)
        await first_of(ending.wait(), asyncio.sleep(PAUSE_SECONDS))


async def take_jobs(ending: asyncio.Event) -> None:
    """Until the process is to end, its clock goes wrong, or the database is gone."""
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=4)
    with app.replace_connector(connector):
        async with app.open_async():
            takers = [
                asyncio.ensure_future(take_from([SMALL], 1)),
                asyncio.ensure_future(take_from([SMALL, LARGE], settings.WORKER_JOBS - 1)),
                asyncio.ensure_future(take_from([UPKEEP], UPKEEP_JOBS)),
            ]
            try:
                await first_of(ending.wait(), clock_goes_wrong(), *takers)
            finally:
                for taker in takers:
                    taker.cancel()  # gracefully: it waits for the jobs that it has
                ended = await asyncio.gather(*takers, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def take_from(queues: list[str], concurrency: int) -> None:
    await app.run_worker_async(
        queues=queues,
        concurrency=concurrency,
        delete_jobs="always",  # the rows say what became of it, and the log
        install_signal_handlers=False,
    )


async def clock_goes_wrong() -> None:
    while not await clock_is_wrong():
        await asyncio.sleep(CLOCK_SECONDS)


@sync_to_async(thread_sensitive=False)
def clock_is_wrong() -> bool:
    try:
        log_clock_problem()
        return clock_problem(MAX_CLOCK_DIFFERENCE_SECONDS) is not None
    finally:
        connection.close()


async def first_of(*coroutines) -> None:
    """Wait for the first that ends. The others are cancelled, but for futures."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task, given in zip(tasks, coroutines, strict=True):
        if task is not given:
            task.cancel()
