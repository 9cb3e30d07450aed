from django.apps import AppConfig


class CommunityConfig(AppConfig):
    name = "community"

    def ready(self):
        from community.moderation import look_at_failed_copies
        from community.saving import take_counts_back
        from community.sharing import end_offer, show_current_snapshot
        from sessions.hooks import made_private, saves_end, snapshots_changed

        snapshots_changed.register(show_current_snapshot)
        made_private.register(end_offer)
        saves_end.register(take_counts_back)
        saves_end.register(look_at_failed_copies)
