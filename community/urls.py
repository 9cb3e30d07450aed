from django.urls import path, re_path

from community.feed_views import FeedItemView, FeedView, ReportView, SaveView
from community.moderation_views import DecisionsView, ReportsView
from community.session_views import SessionsView, SessionView
from community.share_views import CommunityShareView, PreviewView, SharedView, ShareLinkView

urlpatterns = [
    path("sessions", SessionsView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)$", SessionView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/community-share$", CommunityShareView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/decisions$", DecisionsView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/share$", ShareLinkView.as_view()),
    re_path(r"^shared/(?P<code>[^/]*)$", SharedView.as_view()),
    re_path(r"^shared/(?P<code>[^/]*)/preview$", PreviewView.as_view()),
    path("community", FeedView.as_view()),
    # Anything in the position of the id is refused as an id, blanks and newlines included.
    re_path(r"^community/sessions/(?P<pk>(?s:.*))/save$", SaveView.as_view()),
    re_path(r"^community/sessions/(?P<pk>[^/]*)/report$", ReportView.as_view()),
    re_path(r"^community/sessions/(?P<pk>[^/]*)$", FeedItemView.as_view()),
    path("reports", ReportsView.as_view()),
]
