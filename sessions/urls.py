from django.urls import path, re_path

from sessions.views import (
    CategoriesView,
    MediaItemView,
    MediaOrderView,
    MediaView,
)

# Sessions themselves are served from `community`, which knows what is shared and hidden.
urlpatterns = [
    path("categories", CategoriesView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/media$", MediaView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/media/order$", MediaOrderView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/media/(?P<media_pk>[^/]*)$", MediaItemView.as_view()),
]
