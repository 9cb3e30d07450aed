"""A save of 1,000 objects beside tools that are made for copying, on the same store:
`python -m bench.tools`, three to six minutes.

Each tool lists the snapshot's objects and copies them inside the store, like the save. They take
turns, and a number is the median of the rounds. A slow machine measures fewer.
"""

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from statistics import median

from bench.servers import buckets, database, start_servers

OBJECTS = 1000
ROUNDS = 3
SECONDS = 90  # in which a round may begin
LATENCIES = (0, 0.05)
THREADS = (16, 64)  # COPY_CONCURRENCY
ROW = "{:<28}" + "{:>14}" * len(LATENCIES)


def main():
    sys.stdout.reconfigure(line_buffering=True)
    start_servers()
    with database(), buckets():
        from django.conf import settings

        from bench.tables import latency, print_conditions

        print_conditions(OBJECTS)
        share, saver = make_share()
        columns = []
        for seconds in LATENCIES:
            with latency(settings.S3_ENDPOINT_URL, seconds) as address:
                columns.append(rates(share, saver, address))
        print()
        latencies = [f"{seconds * 1000:.0f} ms latency" for seconds in LATENCIES]
        print(ROW.format(f"copies of {OBJECTS:,} a second", *latencies))
        for name in columns[0]:
            print(ROW.format(name, *(f"{column[name]:.0f}" for column in columns)))


def make_share():
    from bench.measures import make_share
    from tests.factories import make_person, set_price

    set_price(10)
    share = make_share(make_person("author"), OBJECTS)
    return share, make_person("saver", balance=10**6)


def rates(share, saver, address):
    """Copies a second, by what copies."""
    ways = {f"save, {n} threads": saving(share, saver, address, n) for n in THREADS}
    ways |= {name: running(command, share) for name, command in commands(address).items()}
    measured = {name: [] for name in ways}
    started = time.monotonic()
    for number in range(ROUNDS):
        if number and time.monotonic() - started > SECONDS:
            break
        for name, way in ways.items():
            measured[name].append(OBJECTS / way())
    return {name: median(rates) for name, rates in measured.items()}


def commands(address):
    """By name, the command that copies from one place of the store to another."""
    folder = Path(sys.executable).parent
    s5cmd = [folder / "s5cmd", "--endpoint-url", address, "--log", "error"]
    rclone = [folder / "rclone", "copy", "--no-check-dest", "--s3-no-check-bucket", "--s3-no-head"]
    store = f":s3,provider=Other,force_path_style=true,env_auth=true,endpoint='{address}':"
    some = {
        f"s5cmd, {n} workers": [*s5cmd, "--numworkers", str(n), "cp", "s3://{source}*", "s3://{to}"]
        for n in (16, 256)
    }
    some["rclone, 64 transfers"] = [
        *[*rclone, "--transfers", "64", "--checkers", "64"],
        *[f"{store}{{source}}", f"{store}{{to}}"],
    ]
    if (folder / "aws").exists():  # not installed with the others
        aws = [folder / "aws", "--endpoint-url", address, "s3", "cp", "--recursive", "--quiet"]
        some["aws s3 cp"] = [*aws, "s3://{source}", "s3://{to}"]
    return some


def saving(share, saver, address, threads):
    from django.test import override_settings

    from bench.measures import delete_saved, store_at
    from community.saving import save_session

    def way():
        with store_at(address), override_settings(COPY_CONCURRENCY=threads):
            started = time.perf_counter()
            saved = save_session(community_session_id=share.pk, user=saver, actor=saver)
            seconds = time.perf_counter() - started
        delete_saved(saved.session_id)
        return seconds

    return way


def running(command, share):
    from django.conf import settings
    from django.core.files.storage import storages

    from sessions.models import GENERAL, USER_MEDIA
    from sessions.stored_objects import remove_objects

    env = os.environ | {
        "AWS_ACCESS_KEY_ID": settings.S3_ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": settings.S3_SECRET_ACCESS_KEY,
        "AWS_REGION": settings.S3_REGION,
        "RCLONE_CONFIG": "",  # none
    }
    source = f"{storages[GENERAL].bucket_name}/community/{share.session.snapshots.get().pk}/"

    def way():
        folder = f"users/0/manual-sessions/{uuid.uuid4()}/"
        places = {"source": source, "to": f"{storages[USER_MEDIA].bucket_name}/{folder}"}
        filled = [str(part).format_map(places) for part in command]
        started = time.perf_counter()
        subprocess.run(filled, env=env, check=True)
        seconds = time.perf_counter() - started
        copied = [key for key, _ in storages[USER_MEDIA].objects(folder)]
        assert len(copied) == OBJECTS, f"{len(copied)} copied by {filled[0]}"
        remove_objects({USER_MEDIA: copied})
        return seconds

    return way


if __name__ == "__main__":
    main()
