def no_store(get_response):
    """Middleware: nothing keeps an answer of the API, which is for one person and of the moment."""

    def middleware(request):
        response = get_response(request)
        if request.path_info.startswith("/api/"):
            response.setdefault("Cache-Control", "no-store")
        return response

    return middleware
