from rest_framework.response import Response
from rest_framework.views import APIView

from credits.ledger import account_of
from credits.models import CreditAccount
from credits.pricing import prices_for
from credits.serializers import (
    BalanceAndStatsSerializer,
    BalanceQuery,
    BalanceSerializer,
    PriceSerializer,
    TransactionSerializer,
)
from joip.api.openapi import described
from joip.api.paging import PageQuery, Pages


class BalanceView(APIView):
    @described("Show the balance", answer=BalanceAndStatsSerializer, query=BalanceQuery)
    def get(self, request):
        """Shows how many credits you have, and whether you are a Premium subscriber."""
        asked = BalanceQuery.read(request.query_params.dict())
        account = account_of(request.user)
        if not asked["includeStats"]:
            return Response(BalanceSerializer(account).data)
        account = CreditAccount.objects.with_totals().get(pk=account.pk)
        return Response(BalanceAndStatsSerializer(account).data)


class TransactionsView(APIView):
    @described("List transactions", answer=TransactionSerializer(many=True), query=PageQuery)
    def get(self, request):
        """Lists all changes of your balance, the newest first."""
        asked = PageQuery.read(request.query_params.dict())
        rows = account_of(request.user).transactions.all()
        return Pages("-id", limit=asked["limit"]).answer(request, rows, TransactionSerializer)


class PricingView(APIView):
    @described("List prices", answer=PriceSerializer(many=True))
    def get(self, request):
        """Lists what each feature costs, and whether you may use it and can pay for it now."""
        return Response(PriceSerializer(prices_for(account_of(request.user)), many=True).data)
