"""What a saved session says it was imported from, by the contract."""

COMMUNITY = "community"  # the import source


def import_url_of(community_session_id: int) -> str:
    return f"{COMMUNITY}:{community_session_id}"


def community_session_id_of(import_url: str) -> int:
    return int(import_url.removeprefix(f"{COMMUNITY}:"))
