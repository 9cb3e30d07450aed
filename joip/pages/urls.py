from django.urls import path

from joip.pages.playing import play_item, play_own, play_shared
from joip.pages.views import home, shared

urlpatterns = [
    path("", home, name="home"),
    path("shared/<str:code>", shared, name="shared"),
    path("shared/<str:code>/play", play_shared, name="play_shared"),
    path("community/<int:pk>/play", play_item, name="play_item"),
    path("library/<int:pk>/play", play_own, name="play_own"),
]
