"""Why a step in the life of a digest is refused."""

from __future__ import annotations


class DigestError(Exception):
    """The step is not possible now. ``key`` names the Vietnamese sentence, ``params`` fill it."""

    def __init__(self, reason: str, **params: object) -> None:
        self.reason = reason
        self.key = f"digest.refused.{reason}"
        self.params = params
        super().__init__(reason)
