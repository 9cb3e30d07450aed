from django.urls import path, re_path

from sessions.category_views import CategoriesView
from sessions.media_views import ExternalMediaView, MediaItemView, MediaOrderView, MediaView

# The routes of sessions themselves are in community/urls.py: only the community knows what is
# shared and hidden.
urlpatterns = [
    path("categories", CategoriesView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/media$", MediaView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/media/external$", ExternalMediaView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/media/order$", MediaOrderView.as_view()),
    re_path(r"^sessions/(?P<pk>[^/]*)/media/(?P<media_pk>[^/]*)$", MediaItemView.as_view()),
]
