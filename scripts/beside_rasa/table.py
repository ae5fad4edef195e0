"""The comparison as text. No message is ever shown: the files compared on may be sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scripts.beside_rasa.score import Process, Score, total

RASA, DIET, LOA = "Rasa", "DIET alone", "Loa"
NAMES = (RASA, DIET, LOA)
FASTER, SMALLER = 10, 10
"""How many times faster and smaller Loa is meant to be."""


def to_text(meant: Mapping[str, Score], alarms: Mapping[str, Score], rasa: Process, loa: Process) -> str:
    """Shares by style, costs, and what of the aims holds."""
    lines: list[str] = []
    if meant:
        lines += [_heading("first right"), *_shares(meant, "all messages"), ""]
        whole = total(meant.values())
        lines += [_line("all messages, in 3", whole.rows, *map(whole.share_among, NAMES)), ""]
    if alarms:
        lines += [_heading("emergency seen as labelled")]
        for level in ("certain", "possible", "none"):
            of_level = {style: score for style, score in alarms.items() if style.startswith(f"{level}: ")}
            lines += _shares(of_level, f"all {level}") if of_level else []
        lines.append("")
    lines += [f"{'':36}{RASA:>12}{LOA:>12}{'ratio':>12}"]
    lines += [
        _cost("ms a message, p50", rasa.milliseconds(50), loa.milliseconds(50)),
        _cost("ms a message, p99", rasa.milliseconds(99), loa.milliseconds(99)),
        _cost("resident memory, MB", rasa.resident, loa.resident),
        _cost("import and load, s", rasa.load, loa.load),
        _cost("training, s", rasa.train, loa.train),
    ]
    return "\n".join([*lines, "", *_aims(meant, alarms, rasa, loa)])


def _heading(title: str) -> str:
    return f"{title:36}{'rows':>6}" + "".join(f"{name:>12}" for name in NAMES)


def _shares(styles: Mapping[str, Score], together: str) -> Iterator[str]:
    for style, score in [*sorted(styles.items()), (together, total(styles.values()))]:
        yield _line(style, score.rows, *map(score.share, NAMES))


def _line(name: str, rows: int, *shares: float) -> str:
    return f"{name:36}{rows:>6}" + "".join(f"{share:>12.3f}" for share in shares)


def _cost(name: str, rasa: float | None, loa: float | None) -> str:
    shown = "".join(f"{'-':>12}" if value is None else f"{value:>12.2f}" for value in (rasa, loa))
    return f"{name:36}{shown}" + (f"{rasa / loa:>12.1f}" if rasa is not None and loa else f"{'-':>12}")


def _aims(meant: Mapping[str, Score], alarms: Mapping[str, Score], rasa: Process, loa: Process) -> Iterator[str]:
    styles = [*sorted(meant.items()), *sorted(alarms.items())]
    behind = [style for style, score in styles if score.right[LOA] < score.right[RASA]]
    level = [style for style, score in styles if score.right[LOA] == score.right[RASA]]
    yield f"better than Rasa on {len(styles) - len(behind) - len(level)} of {len(styles)} styles"
    yield from (f"  as good on {style}" for style in level)
    yield from (f"  behind on {style}" for style in behind)
    faster = min(rasa.milliseconds(percent) / loa.milliseconds(percent) for percent in (50, 99))
    smaller = rasa.resident / loa.resident
    yield f"at least {FASTER} times faster: {'yes' if faster >= FASTER else 'no'} ({faster:.1f})"
    yield f"at most 1/{SMALLER} of the memory: {'yes' if smaller >= SMALLER else 'no'} (1/{smaller:.1f})"
