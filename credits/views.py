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
from joip.openapi import described
from joip.paging import PageQuery, Pages


class BalanceView(APIView):
    @described("Get Credit Balance", answer=BalanceAndStatsSerializer, query=BalanceQuery)
    def get(self, request):
        """Your credits, and whether you are premium."""
        query = BalanceQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        account = account_of(request.user)
        if not query.validated_data["includeStats"]:
            return Response(BalanceSerializer(account).data)
        account = CreditAccount.objects.with_totals().get(pk=account.pk)
        return Response(BalanceAndStatsSerializer(account).data)


class TransactionsView(APIView):
    @described("List Credit Transactions", answer=TransactionSerializer(many=True), query=PageQuery)
    def get(self, request):
        """Every credit you were given or spent, the newest first."""
        query = PageQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        rows = account_of(request.user).transactions.all()
        return Pages("-id", limit=query.validated_data["limit"]).answer(
            request, rows, TransactionSerializer
        )


class PricingView(APIView):
    @described("List Prices", answer=PriceSerializer(many=True))
    def get(self, request):
        """What each feature costs, and whether you may use it and can pay for it now."""
        return Response(PriceSerializer(prices_for(account_of(request.user)), many=True).data)
