from django.urls import path, re_path

from community.session_views import (
    CommunityShareView,
    LibrarySessionView,
    LibraryView,
    PreviewView,
    SharedView,
    ShareLinkView,
)
from community.views import FeedItemView, FeedView, ReportView, SaveView

urlpatterns = [
    path("sessions", LibraryView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)$", LibrarySessionView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/community-share$", CommunityShareView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/share$", ShareLinkView.as_view()),
    re_path(r"^shared/(?P<code>[^/]*)$", SharedView.as_view()),
    re_path(r"^shared/(?P<code>[^/]*)/preview$", PreviewView.as_view()),
    path("community", FeedView.as_view()),
    # Whatever stands in the place of the id is answered as an id, blanks and newlines too.
    re_path(r"^community/sessions/(?P<pk>(?s:.*))/save$", SaveView.as_view()),
    re_path(r"^community/sessions/(?P<pk>[^/]*)/report$", ReportView.as_view()),
    re_path(r"^community/sessions/(?P<pk>[^/]*)$", FeedItemView.as_view()),
]
