from django.apps import AppConfig


class CommunityConfig(AppConfig):
    name = "community"

    def ready(self):
        from community.sharing import end_offer, show_current_snapshot
        from sessions.hooks import made_private
        from sessions.snapshots import when_snapshots_change

        when_snapshots_change(show_current_snapshot)
        made_private.register(end_offer)
