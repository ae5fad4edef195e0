"""Whether the process lives, whether it can do its work, and what it has counted."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from bot.app import Loa
from bot.metrics import REGISTRY

router = APIRouter()
LOCAL_CALLERS = ("127.0.0.1", "::1", "testclient")


@router.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/health/ready")
async def ready(request: Request) -> JSONResponse:
    """200 when the database answers and the background tasks run, else 503 with what is wrong."""
    loa: Loa = request.app.state.loa
    problems = [name for name in request.app.state.behind if not loa.is_running(name)]
    try:
        async with loa.db.reading() as db:
            await db.exec(text("SELECT 1"))  # type: ignore[call-overload]
    except (SQLAlchemyError, OSError):
        problems.append("database")
    return JSONResponse({"status": "failing" if problems else "ok", "problems": problems}, 503 if problems else 200)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus text, for callers on this machine only (a proxy in front must not pass it on)."""
    caller = request.client.host if request.client else ""
    if caller not in LOCAL_CALLERS or "x-forwarded-for" in request.headers:
        raise HTTPException(404)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
