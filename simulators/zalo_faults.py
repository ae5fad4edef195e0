"""What can go wrong with one request to Zalo."""

from __future__ import annotations

from enum import StrEnum

from aiohttp import web

PAGE = "<!DOCTYPE html><html><body><h1>Bảo trì</h1></body></html>"
"""What a gateway answers in Zalo's stead."""


class Fault(StrEnum):
    """What can go wrong with one request."""

    UNAVAILABLE = "503 with a page of the gateway; nothing was done"
    PAGE = "200 with a page of the gateway; nothing was done"
    GATEWAY_TIMEOUT = "504; it was done all the same"
    DROPPED = "the connection breaks before an answer; nothing was done"
    LOST = "the connection breaks before the answer; it was done"
    GARBLED = "200 with half an answer; it was done"
    EMPTY = "200 with an empty body; it was done"
    UNAUTHORIZED = "401 without a body"
    TOO_MANY = "429 without a body"


DONE_FIRST = {Fault.GATEWAY_TIMEOUT, Fault.LOST, Fault.GARBLED, Fault.EMPTY}
"""The request is carried out all the same."""


def broken(request: web.Request, fault: Fault) -> web.StreamResponse:
    """The answer that goes wrong so."""
    if fault in (Fault.DROPPED, Fault.LOST):
        assert request.transport is not None
        request.transport.abort()
        return web.Response()
    if fault is Fault.GARBLED:
        return web.Response(text='{"data": {"message_id": "', content_type="application/json")
    if fault is Fault.EMPTY:
        return web.Response()
    if fault is Fault.UNAUTHORIZED:
        return web.Response(status=401)
    if fault is Fault.TOO_MANY:
        return web.Response(status=429)
    status = {Fault.UNAVAILABLE: 503, Fault.GATEWAY_TIMEOUT: 504}.get(fault, 200)
    return web.Response(text=PAGE, content_type="text/html", status=status)
