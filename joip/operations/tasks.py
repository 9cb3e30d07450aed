"""The tasks of Procrastinate, which finds them by this module's name. Each calls one deed.

The first two carry a session's id: see `sessions.queueing`. The others come by the clock.
"""

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from joip.operations.upkeep import look_after_rows, prune_objects
from sessions.making_renditions import make_renditions_of
from sessions.queued_copies import copy_queued
from sessions.queueing import COPY, MAKE_RENDITIONS

UPKEEP = "upkeep"  # a queue that waits for no copy
STALLED_AFTER_SECONDS = 60


@app.task(name=COPY)
def copy_session(session_id):
    copy_queued(session_id)


@app.task(name=MAKE_RENDITIONS)
def make_renditions(session_id):
    make_renditions_of(session_id)


@app.periodic(cron="* * * * *")
@app.task(name="look_after_rows", queue=UPKEEP)
def each_minute(timestamp):
    look_after_rows()


@app.periodic(cron="30 4 * * *")
@app.task(name="prune_objects", queue=UPKEEP)
def each_night(timestamp):
    prune_objects()


@app.periodic(cron="* * * * *")
@app.task(name="delete_stalled_jobs", queue=UPKEEP, pass_context=True)
async def delete_stalled_jobs(context: JobContext, timestamp):
    """Jobs of dead workers. What they were about is deferred anew by `look_after_rows`."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        try:
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)
        except ConnectorException:
            continue  # another worker has deleted it
