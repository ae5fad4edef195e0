"""What time it is: the machine's, or shifted so that a demo begins on a chosen day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells aware UTC moments."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    @classmethod
    def starting_at(cls, moment: datetime) -> Clock:
        """A clock that reads ``moment`` (aware) now and runs on from there."""
        return cls(moment.astimezone(UTC) - datetime.now(UTC))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset
