import os
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from joip.media.addresses import CACHE_CONTROL, Window, current_window
from joip.media.buckets import CHUNK_BYTES, StoredObject
from joip.media.copy_errors import CopyError, SourceMissing, StoreUnavailable
from joip.media.s3_answers import Answer, answer_in, boto3_errors, error_for
from joip.media.s3_requests import ObjectAddress, ask
from joip.media.sigv4 import Credentials, signed_address

GIB = 2**30
COPIED = Answer(200)


class S3Bucket(S3Storage):  # type: ignore[misc]  # django-storages is untyped
    """A bucket of an S3-compatible store.

    Addresses are signed for the endpoint `signed_for`, the store's address for browsers.
    """

    max_single_copy = 5 * GIB  # the most that one CopyObject takes (S3's limit)
    expects_raw_copy_source = False  # learned from the store's answers

    def get_default_settings(self) -> dict[str, Any]:
        defaults: dict[str, Any] = super().get_default_settings()
        return defaults | {
            "signed_for": None,  # means the endpoint that JOIP uses itself
            "addressing_style": "path",
            "signature_version": "s3v4",
            # Stored with what is uploaded, and kept by copies.
            "object_parameters": {"CacheControl": CACHE_CONTROL},
        }

    def client(self, *, raw_copy_source: bool = False) -> Any:
        return shared_client(
            self.endpoint_url,
            self.region_name,
            self.access_key,
            self.secret_key,
            raw_copy_source,
        )

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.access_key, self.secret_key, self.region_name)

    def at(self, key: str = "") -> ObjectAddress:
        return ObjectAddress(self.endpoint_url, self.bucket_name, key)

    def copy_from(
        self,
        source: "S3Bucket",
        source_key: str,
        key: str,
        *,
        size: int,
        seconds: float | None = None,
    ) -> None:
        """One request in the good case.

        Stores differ in whether they URL-decode the copy source (Supabase did not until
        September 2026), and answer 404 to the form that they do not expect.
        So a 404 is believed only when the source, or this bucket, is not there.
        """
        copy = self._copy_whole if size <= self.max_single_copy else self._copy_in_parts
        original, target = source.at(source_key), self.at(key)
        raw = self.expects_raw_copy_source and may_be_sent_raw(source_key)
        answer = copy(original, target, raw, seconds)
        if answer.status == 404:
            self._believe_404(source, original, target, answer, seconds)
            if may_be_sent_raw(source_key):
                raw = not raw
                answer = copy(original, target, raw, seconds)
                if answer is COPIED:
                    self.expects_raw_copy_source = raw
        if answer.status == 404:
            raise StoreUnavailable(f"{original} -> {target}: {answer}, but both are there")
        if answer is not COPIED:
            raise error_for(answer, f"{original} -> {target}")

    def _believe_404(
        self,
        source: "S3Bucket",
        original: ObjectAddress,
        target: ObjectAddress,
        answer: Answer,
        seconds: float | None,
    ) -> None:
        """Raise what is missing, if something is."""
        found = ask("HEAD", original, source.credentials, seconds=seconds)
        if found.status == 404:
            raise SourceMissing(f"{original} is not there; its copy was answered {answer}")
        if found.status >= 300:
            raise error_for(found, str(original))
        if ask("HEAD", self.at(), self.credentials, seconds=seconds).status == 404:
            raise CopyError(f"{target}: {self.at()} does not exist ({answer})")

    def _copy_whole(
        self, source: ObjectAddress, target: ObjectAddress, raw: bool, seconds: float | None
    ) -> Answer:
        key = source.key if raw else quote(source.key, safe="/~")
        headers = {"x-amz-copy-source": f"{source.bucket}/{key}"}
        answer = ask("PUT", target, self.credentials, headers, seconds=seconds)
        # A store may begin a 200 before the copy has ended, and then fail.
        is_copied = answer.status == 200 and "CopyObjectResult" in answer.message
        return COPIED if is_copied and not answer.code else answer

    def _copy_in_parts(
        self, source: ObjectAddress, target: ObjectAddress, raw: bool, seconds: float | None
    ) -> Answer:
        """Several requests, each as long as S3_READ_TIMEOUT_SECONDS."""
        client = self.client(raw_copy_source=raw)
        copy_source = {"Bucket": source.bucket, "Key": source.key}
        config = TransferConfig(multipart_threshold=self.max_single_copy, multipart_chunksize=GIB)
        try:
            client.copy(copy_source, target.bucket, target.key, Config=config)
        except ClientError as error:
            return answer_in(error)
        except BotoCoreError as error:
            raise StoreUnavailable(f"{source} -> {target}: {error}") from error
        return COPIED

    def put(self, key: str, file: "File[bytes]", content_type: str) -> None:
        # Not by django-storages, whose client asks up to five times, and in parts: a store that
        # hung for 2 s held an upload for 186, and the threads of the parts kept its memory.
        file.seek(0)
        with boto3_errors(str(self.at(key))):
            self.client().put_object(
                Bucket=self.bucket_name,
                Key=key,
                Body=file,
                ContentType=content_type,
                **self.object_parameters,
            )

    def objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        for found in self.listing(prefix):
            yield found.key, found.changed_at

    def listing(self, prefix: str) -> Iterator[StoredObject]:
        pages = self.client().get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket_name, Prefix=prefix):
            for found in page.get("Contents", []):
                yield StoredObject(found["Key"], found["LastModified"], found["Size"])

    def chunks(self, key: str) -> Iterator[bytes]:
        what = str(self.at(key))
        with boto3_errors(what):
            try:
                answer = self.client().get_object(Bucket=self.bucket_name, Key=key)
            except ClientError as error:
                found = answer_in(error)
                if found.status == 404 and found.code != "NoSuchBucket":
                    raise SourceMissing(f"{what} is not there") from error
                raise
            with closing(answer["Body"]) as body:
                yield from body.iter_chunks(CHUNK_BYTES)

    def check(self, *, seconds: float) -> None:
        answer = ask("HEAD", self.at(), self.credentials, seconds=seconds)
        if answer.status >= 300:
            raise error_for(answer, str(self.at()))

    def delete(self, name: str) -> None:
        # django-storages would build a session for every thread that deletes.
        self.client().delete_object(Bucket=self.bucket_name, Key=name)

    def url(
        self, name: str, parameters: Any = None, expire: Any = None, http_method: Any = None
    ) -> str:
        return self.address(name, current_window())

    def address(self, key: str, window: Window) -> str:
        return signed_address(
            self.signed_for or self.endpoint_url,
            self.bucket_name,
            key,
            self.credentials,
            start=window.start,
            seconds=window.end - window.start,
        )


def may_be_sent_raw(key: str) -> bool:
    """Whether the unencoded form of a copy source differs, and cannot name another object.

    A store that decodes would read another key from a `%`; `?` begins a version; headers are
    ASCII, and lose spaces at their ends.
    """
    plain = key.isascii() and key.isprintable() and key == key.strip()
    return plain and quote(key) != key and not set("%?") & set(key)


_clients: dict[tuple[Any, ...], Any] = {}
_making_clients = threading.Lock()


def shared_client(*parameters: Any) -> Any:
    """The process's one S3 client with these parameters, made when it is first needed.

    Clients are thread-safe and expensive to create (140-300 ms), and each has its own
    connections.
    """
    if parameters not in _clients:
        with _making_clients:
            if parameters not in _clients:
                _clients[parameters] = make_client(*parameters)
    return _clients[parameters]


def forget_clients() -> None:
    _clients.clear()


@cache
def boto3_session() -> Any:
    """Holds what clients read from files: 100 ms, and only for the first one. Not thread-safe."""
    return boto3.session.Session()


def make_client(
    endpoint_url: str, region_name: str, access_key: str, secret_key: str, raw_copy_source: bool
) -> Any:
    client = boto3_session().client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=region_name,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(
            s3={"addressing_style": "path"},
            signature_version="s3v4",
            connect_timeout=5,
            read_timeout=settings.S3_READ_TIMEOUT_SECONDS,
            # Copies are tried again by `sessions.object_copies`, and uploads by people: botocore
            # would multiply the time limits, and shares a quota of retries among all requests.
            retries={"mode": "standard", "total_max_attempts": 1},
            # More than a process has threads; unused ones cost nothing.
            max_pool_connections=256,
            # Some stores send no checksum with a range.
            response_checksum_validation="when_required",
        ),
    )
    if raw_copy_source:
        for operation in ("CopyObject", "UploadPartCopy"):
            client.meta.events.register(f"before-call.s3.{operation}", _send_raw_copy_source)
    return client


def _send_raw_copy_source(params: dict[str, Any], **kwargs: Any) -> None:
    headers = params["headers"]
    headers["x-amz-copy-source"] = unquote(headers["x-amz-copy-source"])


os.register_at_fork(after_in_child=forget_clients)  # processes must not share connections
