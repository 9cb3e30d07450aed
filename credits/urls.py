from django.urls import path

from credits.views import BalanceView, PricingView, TransactionsView

urlpatterns = [
    path("credits/balance", BalanceView.as_view()),
    path("credits/transactions", TransactionsView.as_view()),
    path("credits/pricing", PricingView.as_view()),
]
