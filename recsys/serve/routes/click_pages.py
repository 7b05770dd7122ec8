"""The page of clicks: by story, by position, by site, by day."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from recsys.errors import RecsysError
from recsys.serve.dashboard.click_summary import PERIODS, ClickSummary, summarise_clicks
from recsys.serve.dashboard.rendering import Notice, redirect, render_page
from recsys.serve.dashboard.visitors import visitor_of
from recsys.serve.error_responses import log_internal_error
from recsys.serve.state import clock, state_of

router = APIRouter(include_in_schema=False)


@router.head("/clicks")
@router.get("/clicks")
async def show_clicks(request: Request) -> Response:
    """Return the page for `?days=`, for who is signed in."""
    visitor = visitor_of(request)
    if visitor.signed_in is None:
        return redirect("/sign-in", next="/clicks")
    chosen = request.query_params.get("days", "")
    days = next((each for each in PERIODS if str(each) == chosen), PERIODS[1])
    notice, summary, state = Notice(), None, state_of(request)

    def summarise() -> ClickSummary:
        return summarise_clicks(state.live.store, state.live.snapshot.corpus, days, clock(), state.zone)

    try:
        summary = await state.kept.get(("clicks", days), summarise)
    except RecsysError as error:
        log_internal_error(request, error, "clicks cannot be read")
        number = request.scope.get("state", {}).get("request_id", "-")
        notice = Notice(503, visitor.messages.plain("unavailable", number=number), wait=2)
    return render_page(request, visitor, "clicks", notice, summary=summary, days=days, periods=PERIODS)
