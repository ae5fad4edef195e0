"""Addresses of files for channels that cannot carry them: whoever has one may fetch the file, for three days."""

from __future__ import annotations

from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer

LIFE = timedelta(days=3)
PATH = "/tep"


class Handouts:
    """Makes and reads the addresses."""

    def __init__(self, secret: str, base_url: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="handouts")
        self._base = base_url.rstrip("/")

    def link(self, file_id: int, now: datetime) -> str:
        until = int((now + LIFE).timestamp())
        return f"{self._base}{PATH}/{self._signer.dumps([file_id, until])}"

    def file_at(self, token: str, now: datetime) -> int | None:
        """The file an address names; None when it is none of ours, or its time is over."""
        try:
            file_id, until = self._signer.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        return int(file_id) if now.timestamp() <= until else None
