from django.urls import path, re_path

from sessions.views import (
    CategoriesView,
    MediaItemView,
    MediaOrderView,
    MediaView,
    SessionsView,
)

# One session is served from `community`, which knows what staff have hidden.
urlpatterns = [
    path("sessions", SessionsView.as_view()),
    path("categories", CategoriesView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/media$", MediaView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/media/order$", MediaOrderView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/media/(?P<media_pk>[^/]*)$", MediaItemView.as_view()),
]
