"""Long lists go out in pages: a bare array, and the way to the next one in a `Link` header."""

from django.core import signing
from rest_framework import serializers
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from joip.errors import InvalidFields
from joip.serializers import StrictSerializer

LARGEST_PAGE = 200


class PageQuery(StrictSerializer):
    limit = serializers.IntegerField(
        min_value=1, max_value=LARGEST_PAGE, default=50, help_text="Items a page."
    )
    cursor = serializers.CharField(
        required=False, max_length=2000, help_text="Opaque; from the `Link` header of a page."
    )


class Pages(CursorPagination):
    """Pages by position, not by number: as fast at the end of a list as at its beginning.

    The last field of `ordering` is unique. Raises InvalidFields (400) for a cursor
    that was not made for a list in this order.
    """

    offset_cutoff = None  # a page may begin among any number of equal titles

    def __init__(self, *ordering: str, limit: int):
        self.ordering = ordering
        self.page_size = limit
        self.signer = signing.Signer(salt=f"joip.paging:{','.join(ordering)}")

    def get_ordering(self, request, queryset, view):
        return self.ordering

    def decode_cursor(self, request):
        signed = request.query_params.get(self.cursor_query_param)
        if signed is None:
            return None
        try:
            return Cursor(*self.signer.unsign_object(signed))
        except signing.BadSignature:
            raise InvalidFields({"cursor": ["Not one of this list."]}) from None

    def encode_cursor(self, cursor):
        signed = self.signer.sign_object(list(cursor))
        return replace_query_param(self.base_url, self.cursor_query_param, signed)

    def get_paginated_response(self, data):
        addresses = {"next": self.get_next_link(), "prev": self.get_previous_link()}
        links = [f'<{address}>; rel="{rel}"' for rel, address in addresses.items() if address]
        return Response(data, headers={"Link": ", ".join(links)} if links else None)
