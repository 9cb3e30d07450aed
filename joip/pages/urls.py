from django.urls import path

from joip.pages.views import home, shared

urlpatterns = [
    path("", home, name="home"),
    path("shared/<str:code>", shared, name="shared"),
]
