from django.urls import re_path

from sessions.views import SessionView

urlpatterns = [
    re_path(r"^(?P<pk>[^/]*)$", SessionView.as_view()),
]
