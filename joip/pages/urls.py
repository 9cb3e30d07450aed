from django.urls import include, path, register_converter

from joip.pages import community, editing, library, sharing, statement, tokens
from joip.pages.converters import IdConverter
from joip.pages.editor import editor
from joip.pages.exporting import export
from joip.pages.playing import featured_slides, play_item, play_own, play_shared
from joip.pages.previews import featured_cover, shared_cover
from joip.pages.views import home, shared

register_converter(IdConverter, "id")

urlpatterns = [
    path("", home, name="home"),
    path("", include("joip.pages.account_urls")),
    path("account/export", export, name="export"),
    path("community", community.feed, name="feed"),
    path("community/<id:pk>", community.item, name="item"),
    path("community/<id:pk>/save", community.save, name="save"),
    path("community/<id:pk>/report", community.report, name="report"),
    path("people/<id:pk>", community.creator, name="creator"),
    path("library", library.library, name="library"),
    path("library/new", library.create, name="create"),
    path("library/<id:pk>", editor, name="editor"),
    path("library/<id:pk>/settings", editing.change_settings, name="change_settings"),
    path("library/<id:pk>/share", sharing.share, name="share"),
    path("library/<id:pk>/share/choices", sharing.change_choices, name="change_choices"),
    path("library/<id:pk>/withdraw", sharing.withdraw, name="withdraw"),
    path("library/<id:pk>/members", sharing.show_members, name="show_members"),
    path("library/<id:pk>/link", sharing.change_link, name="change_link"),
    path("library/<id:pk>/media", editing.upload, name="upload"),
    path("library/<id:pk>/media/order", editing.arrange, name="arrange"),
    path("library/<id:pk>/media/<id:slide_pk>", editing.change_slide, name="change_slide"),
    path("library/<id:pk>/media/<id:slide_pk>/cover", editing.make_cover, name="make_cover"),
    path("library/<id:pk>/media/<id:slide_pk>/delete", editing.remove_slide, name="remove_slide"),
    path("library/<id:pk>/media/<id:slide_pk>/move", editing.change_place, name="move_slide"),
    path("library/<id:pk>/favorite", library.favorite, name="favorite"),
    path("library/<id:pk>/delete", library.delete, name="delete"),
    path("library/<id:pk>/progress", library.progress, name="progress"),
    path("library/<id:pk>/retry", library.retry, name="retry"),
    path("credits", statement.statement, name="credits"),
    path("credits.csv", statement.as_csv, name="credits_csv"),
    path("account/tokens", tokens.tokens, name="tokens"),
    path("account/tokens/<id:pk>/revoke", tokens.revoke, name="revoke_token"),
    path("shared/<str:code>", shared, name="shared"),
    path("shared/<str:code>/cover", shared_cover, name="shared_cover"),
    path("shared/<str:code>/play", play_shared, name="play_shared"),
    path("community/<id:pk>/play", play_item, name="play_item"),
    path("community/<id:pk>/play/slides", featured_slides, name="featured_slides"),
    path("community/<id:pk>/cover", featured_cover, name="featured_cover"),
    path("library/<id:pk>/play", play_own, name="play_own"),
]
