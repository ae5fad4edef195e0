"""How far the scores are true, and what other thresholds would have served.

A score is the probability that the best entry or command is what is meant. Of messages scored about 0.8, eight in ten
should be right; the curve shows the price of answering from a lower score on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

BANDS = 10
STEPS = tuple(number / 10 for number in range(1, 10))


@dataclass(frozen=True, slots=True)
class Scored:
    """One message that was understood as something."""

    score: float
    right: bool
    """Whether the best is what is meant; never for a message outside."""
    outside: bool


@dataclass(slots=True)
class Calibration:
    """Scores beside what was true of them."""

    scored: list[Scored] = field(default_factory=list)

    @property
    def error(self) -> float:
        """Mean distance of score and share of right ones over the bands, weighted by their messages."""
        if not self.scored:
            return 0.0
        return sum(abs(score - right) * count for _, count, score, right in self._bands()) / len(self.scored)

    def to_json(self) -> dict[str, Any]:
        return {
            "error": round(self.error, 4),
            "bands": [[low, count, round(score, 3), round(right, 3)] for low, count, score, right in self._bands()],
            "curve": [list(point) for point in self._curve()],
        }

    def to_lines(self) -> list[str]:
        """Both tables for the terminal."""
        lines = [f"calibration (error {self.error:.3f})", f"{'score from':>12}{'rows':>8}{'score':>8}{'right':>8}"]
        lines += [f"{low:12.1f}{count:8}{score:8.2f}{right:8.2f}" for low, count, score, right in self._bands()]
        lines += ["", f"{'answer from':>12}{'right':>8}{'wrong':>8}{'not':>8}{'outside answered':>18}"]
        lines += [
            f"{at:12.1f}{right:8.3f}{wrong:8.3f}{rest:8.3f}{out:18.3f}" for at, right, wrong, rest, out in self._curve()
        ]
        return lines

    def _bands(self) -> list[tuple[float, int, float, float]]:
        """Lower end, messages, mean score and share right of each band that has any."""
        found = []
        for band in range(BANDS):
            inside = [case for case in self.scored if min(BANDS - 1, int(case.score * BANDS)) == band]
            if inside:
                score, right = sum(case.score for case in inside), sum(case.right for case in inside)
                found.append((band / BANDS, len(inside), score / len(inside), right / len(inside)))
        return found

    def _curve(self) -> list[tuple[float, float, float, float, float]]:
        """For each threshold: shares answered right, wrong and not at all, and of those outside that are answered."""
        inside = [case for case in self.scored if not case.outside]
        outside = [case for case in self.scored if case.outside]
        points = []
        for step in STEPS:
            answered = [case for case in inside if case.score >= step]
            right = sum(case.right for case in answered) / max(1, len(inside))
            wrong = len(answered) / max(1, len(inside)) - right
            taken = sum(case.score >= step for case in outside) / max(1, len(outside))
            points.append((step, round(right, 4), round(wrong, 4), round(1 - right - wrong, 4), round(taken, 4)))
        return points
