"""Each measure times the copying alone, and deletes what it copied."""

import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile
from typing import NamedTuple

import boto3
from botocore.config import Config
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from rest_framework.test import APIClient

from community.saving import save_session
from community.sharing import share_session
from sessions.deletion import delete_session
from sessions.models import GENERAL, USER_MEDIA, Session
from sessions.stored_objects import remove_objects
from sessions.uploading import add_read_files
from tests.factories import add_address, make_session, read_picture

OBJECTS = 200
OBJECTS_ONE_BY_ONE = 50  # the slow side; its rate does not depend on the number
KIB = 1024
TRANSACTION = ("BEGIN", "COMMIT")


class Rates(NamedTuple):
    """Copies per second of a save and of something else; a ratio is of one round's two."""

    save: float
    other: float
    ratio: float
    lowest_ratio: float
    highest_ratio: float


class Cost(NamedTuple):
    seconds: float
    statements: int


def make_share(author, media):
    session = make_session(author, slides=0)
    if not media:
        add_address(session)  # what has no slides cannot be shared
    with NamedTemporaryFile() as file:
        for number in range(media):
            size = (64 + number * 37 % 193) * KIB  # 64 to 256 KiB, in no order
            Path(file.name).write_bytes(os.urandom(size))
            read = read_picture(0)._replace(path=Path(file.name), size=size)
            add_read_files(session=session, incoming=[read], captions=[""])
    return share_session(session=session)


def objects_of(share):
    return list(share.session.snapshots.get().media.values_list("key", flat=True))


def save_and_bare_loop(share, saver, address):
    """A whole save against nothing but the store's copies, both at this address of the store."""
    client, keys = bare_client(address), objects_of(share)
    with store_at(address):
        return in_turns(
            lambda: save_rate(share, saver),
            lambda: bare_loop_rate(client, keys),
            rounds=7,
            seconds=18,
        )


def save_and_one_by_one(share, saver):
    """A whole save against what a plain Django project does: every object through the process."""
    keys = objects_of(share)[:OBJECTS_ONE_BY_ONE]
    return in_turns(
        lambda: save_rate(share, saver), lambda: one_by_one_rate(keys), rounds=3, seconds=8
    )


def in_turns(save, other, *, rounds, seconds):
    """Up to so many rounds, begun within so many seconds; they take turns at being first."""
    save(), other()  # connections are made, caches filled
    deadline = time.monotonic() + seconds
    rates = []
    while len(rates) < rounds and (not rates or time.monotonic() < deadline):
        if len(rates) % 2:
            others, saves = other(), save()
        else:
            saves, others = save(), other()
        rates.append((saves, others))
    all_saves, all_others = zip(*rates, strict=True)
    ratios = [saves / others for saves, others in rates]
    return Rates(median(all_saves), median(all_others), median(ratios), min(ratios), max(ratios))


def save_rate(share, saver):
    started = time.perf_counter()
    saved = save_session(community_session_id=share.pk, user=saver, actor=saver)
    rate = OBJECTS / (time.perf_counter() - started)
    delete_saved(saved.session_id)
    return rate


def bare_loop_rate(client, keys):
    source, target = storages[GENERAL].bucket_name, storages[USER_MEDIA].bucket_name

    def copy(key, new_key):
        client.copy_object(CopySource={"Bucket": source, "Key": key}, Bucket=target, Key=new_key)

    new_keys = keys_in_a_new_place(keys)
    started = time.perf_counter()
    with ThreadPoolExecutor(settings.COPY_CONCURRENCY) as pool:
        list(pool.map(copy, keys, new_keys))
    rate = len(keys) / (time.perf_counter() - started)
    remove_objects({USER_MEDIA: new_keys})
    return rate


def one_by_one_rate(keys):
    new_keys = keys_in_a_new_place(keys)
    started = time.perf_counter()
    for key, new_key in zip(keys, new_keys, strict=True):
        with storages[GENERAL].open(key) as file:
            storages[USER_MEDIA].save(new_key, ContentFile(file.read()))
    rate = len(keys) / (time.perf_counter() - started)
    remove_objects({USER_MEDIA: new_keys})
    return rate


def keys_in_a_new_place(keys):
    """As many keys as these, as deep and as long as those of a save."""
    place = f"users/0/manual-sessions/{uuid.uuid4()}/"
    return [f"{place}{uuid.uuid4()}.jpg" for _ in keys]


def bare_client(address):
    return boto3.client(
        "s3",
        endpoint_url=address,
        region_name=settings.S3_REGION,
        aws_access_key_id=settings.S3_ACCESS_KEY_ID,
        aws_secret_access_key=settings.S3_SECRET_ACCESS_KEY,
        config=Config(
            s3={"addressing_style": "path"}, max_pool_connections=settings.COPY_CONCURRENCY
        ),
    )


def store_at(address):
    changed = deepcopy(settings.STORAGES)
    for bucket in (GENERAL, USER_MEDIA):
        changed[bucket]["OPTIONS"]["endpoint_url"] = address
    return override_settings(STORAGES=changed)


def repeat(share, saver):
    post = poster(share, saver)
    saved = post()
    times = [timed(post)[0] for _ in range(50)]
    counted, _ = statements(post)
    delete_saved(saved)
    return Cost(median(times), counted)


def first_save(share, saver):
    """The median of up to five saves, begun within five seconds, and another one's statements."""
    post = poster(share, saver)
    counted, saved = statements(post)
    delete_saved(saved)
    deadline = time.monotonic() + 5
    times = []
    while len(times) < 5 and (not times or time.monotonic() < deadline):
        seconds, saved = timed(post)
        delete_saved(saved)
        times.append(seconds)
    return Cost(median(times), counted)


def timed(post):
    started = time.perf_counter()
    saved = post()
    return time.perf_counter() - started, saved


def statements(post):
    with CaptureQueriesContext(connection) as captured:
        saved = post()
    return sum(not query["sql"].startswith(TRANSACTION) for query in captured), saved


def poster(share, saver):
    """A function that saves over HTTP, signed in, and returns the saved session's id."""
    client = APIClient()
    client.force_login(saver)

    def post():
        answer = client.post(f"/api/community/sessions/{share.pk}/save")
        assert answer.status_code == 200, answer.content
        return answer.json()["sessionId"]

    return post


def delete_saved(session_id):
    delete_session(session=Session.objects.get(pk=session_id))
