from joip.errors import Refusal


class TooManyRequests(Refusal):
    status = 429

    def __init__(self, *, retry_after: int):
        self.body = {
            "error": "Too Many Requests",
            "message": "Too many requests, please try again later",
            "retryAfter": retry_after,
        }
