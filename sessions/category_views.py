from rest_framework.response import Response
from rest_framework.views import APIView

from joip.api.openapi import described
from sessions.categories import Category
from sessions.media_serializers import CategorySerializer


class CategoriesView(APIView):
    @described("List categories", answer=CategorySerializer(many=True))
    def get(self, request):
        """Lists the categories that a session can have, by name."""
        categories = Category.objects.order_by("name", "id")
        return Response(CategorySerializer(categories, many=True).data)
