"""What staff decided, for those concerned: /api/reports and /api/sessions/:id/decisions."""

from rest_framework.views import APIView

from community.models import Decision, Report
from community.moderation_serializers import DecisionSerializer, ReportSerializer
from joip.api.ids import read_session_id
from joip.api.openapi import described
from joip.api.paging import PageQuery, Pages
from sessions.ownership import ONE_SESSION, own_session


class ReportsView(APIView):
    @described("List your reports", answer=ReportSerializer(many=True), query=PageQuery)
    def get(self, request):
        """Lists what you have reported, newest first, and whether staff have answered. A report
        goes when the reported session is deleted.
        """
        asked = PageQuery.read(request.query_params.dict())
        reports = Report.objects.filter(reporter=request.user).select_related("decision")
        return Pages("-id", limit=asked["limit"]).answer(request, reports, ReportSerializer)


class DecisionsView(APIView):
    @described(
        "List decisions about a session",
        answer=DecisionSerializer(many=True),
        query=PageQuery,
        refusals=ONE_SESSION,
    )
    def get(self, request, pk):
        """Lists when and why staff hid your session from the community, or unhid it; the newest
        first.
        """
        session = own_session(request.user, read_session_id(pk))
        asked = PageQuery.read(request.query_params.dict())
        decisions = Decision.objects.on_hiding().filter(share__session=session)
        decisions = decisions.select_related("cause")
        return Pages("-id", limit=asked["limit"]).answer(request, decisions, DecisionSerializer)
