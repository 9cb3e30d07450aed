from django.apps import AppConfig


class CommunityConfig(AppConfig):
    name = "community"

    def ready(self):
        from community.sharing import show_current_snapshot
        from sessions.snapshots import when_snapshots_change

        when_snapshots_change(show_current_snapshot)
