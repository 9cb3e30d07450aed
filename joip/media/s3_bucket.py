import functools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from joip.media.addresses import Window, current_window
from joip.media.content_types import CACHE_CONTROL
from joip.media.copy_errors import CopyError, SourceMissing, StoreUnavailable
from joip.media.sigv4 import Credentials, signed_address

GIB = 2**30


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

    def copy_from(self, source: "S3Bucket", source_key: str, key: str, *, size: int) -> None:
        """One request in the good case.

        Stores differ in whether they URL-decode the copy source (Supabase did not until
        September 2026), and answer 404 to the form that they do not expect.
        So a 404 is believed only when the source itself is not there.
        """
        copy = functools.partial(self._copy, source, source_key, key, size)
        raw = self.expects_raw_copy_source and may_be_sent_raw(source_key)
        try:
            copy(raw=raw)
        except SourceMissing:
            with store_errors(source_key):
                source.client().head_object(Bucket=source.bucket_name, Key=source_key)
            if not may_be_sent_raw(source_key):
                raise StoreUnavailable(f"{source_key}: exists, but the store denied it") from None
            copy(raw=not raw)
            self.expects_raw_copy_source = not raw

    def _copy(self, source: "S3Bucket", source_key: str, key: str, size: int, *, raw: bool) -> None:
        client = self.client(raw_copy_source=raw)
        copy_source = {"Bucket": source.bucket_name, "Key": source_key}
        with store_errors(source_key):
            if size <= self.max_single_copy:
                client.copy_object(CopySource=copy_source, Bucket=self.bucket_name, Key=key)
            else:
                client.copy(  # several requests
                    copy_source,
                    self.bucket_name,
                    key,
                    Config=TransferConfig(
                        multipart_threshold=self.max_single_copy, multipart_chunksize=GIB
                    ),
                )

    def put(self, key: str, file: "File[bytes]", content_type: str) -> None:
        # Or django-storages would guess by the key.
        file.content_type = content_type  # type: ignore[attr-defined]  # a File has none
        with store_errors(key):
            self.save(key, file)

    def objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        pages = self.client().get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket_name, Prefix=prefix):
            for found in page.get("Contents", []):
                yield found["Key"], found["LastModified"]

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
            Credentials(self.access_key, self.secret_key, self.region_name),
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


@contextmanager
def store_errors(key: str) -> Iterator[None]:
    """Raise our own errors instead. They go by HTTP status, since Supabase leaves codes empty."""
    try:
        yield
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 404:
            raise SourceMissing(key) from error
        if status in (408, 409, 429) or status >= 500:
            raise StoreUnavailable(f"{key}: {error}") from error
        raise CopyError(f"{key}: {error}") from error
    except BotoCoreError as error:
        raise StoreUnavailable(f"{key}: {error}") from error


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


def make_client(
    endpoint_url: str, region_name: str, access_key: str, secret_key: str, raw_copy_source: bool
) -> Any:
    client = boto3.session.Session().client(
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
            # `sessions.object_copies` retries itself: botocore's retries are rationed by a quota
            # that all copies of the process share.
            retries={"mode": "standard", "total_max_attempts": 1},
            # More than the threads of all copies of a process; unused ones cost nothing.
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
