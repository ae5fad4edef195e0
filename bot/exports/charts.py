"""Charts, drawn once: one Vega-Lite description becomes the SVG of a page and the PNG of a document or a chat.

The figures and the words come in; nothing here counts. The fonts are shipped, because what a bare machine has may lack
the letters of Vietnamese, and a chart without its labels raises no error.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

Spec = dict[str, Any]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_FONT = "DejaVu Sans, system-ui, sans-serif"
COLOURS = {"green": "#2e7d32", "yellow": "#e0a100", "red": "#c62828", "grey": "#90a4ae"}
"""Of the lights; told apart by their lightness too, for a black-and-white printer."""
LONGEST_LABEL = 46
"""Letters of a label before it is cut."""
DRAWINGS_KEPT = 32
"""Of those for pages, some 20 kB each."""
WIDTH = 330
"""Of a heat map without its labels, in pixels."""
BARS_WIDTH, BAR_STEP, BARS_BELOW = 640, 22, 72
"""Of a drawing of bars in pixels: its width with the labels, the height of one bar, and of what stands below them."""
SCALE = 2
"""Pixels of the PNG for one of the SVG: sharp on paper."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar chart: how much of its target, in percent."""

    label: str
    percent: float
    light: str
    told: str
    """The figure as it stands at the end of the bar."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a heat map; ``share`` from 0 to 1, None where nothing was expected."""

    row: str
    column: str
    share: float | None
    told: str


def bars(entries: Sequence[Bar], title: str, lights: Sequence[tuple[str, str]]) -> Spec:
    """Shares of targets under one another, in the given order; ``lights`` are (light, its word) of the legend."""
    labels = _labels([entry.label for entry in entries])
    values = [
        {"label": label, "percent": min(entry.percent, 100.0), "light": entry.light, "told": entry.told}
        for label, entry in zip(labels, entries, strict=True)
    ]
    place = {"field": "label", "type": "nominal", "sort": labels, "axis": {"title": None, "labelLimit": 330}}
    words = dict(lights)
    x = {
        "field": "percent", "type": "quantitative", "title": title,
        "scale": {"domain": [0, 116]},  # the figure beside a full bar needs room as well
        "axis": {"values": list(range(0, 101, 10))},
    }  # fmt: skip
    shown = {"expr": " : ".join(f"datum.value == '{light}' ? '{word}'" for light, word in words.items()) + " : ''"}
    colour = {
        "field": "light",
        "type": "nominal",
        "scale": {"domain": list(words), "range": [COLOURS[light] for light in words]},
        "legend": {"title": None, "orient": "bottom", "labelExpr": shown["expr"]},
    }
    return _framed(
        values,
        [
            {"mark": {"type": "bar", "height": {"band": 0.7}}, "encoding": {"y": place, "x": x, "color": colour}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11},
                "encoding": {"y": place, "x": x, "text": {"field": "told"}},
            },
        ],
        {
            "width": BARS_WIDTH,
            "height": {"step": BAR_STEP},
            "autosize": {"type": "fit-x", "contains": "padding"},
        },
    )


def bars_size(spec: Spec) -> tuple[int, int]:
    """Width and height of the drawing of bars in pixels, known before it is drawn: a page keeps the place free."""
    return BARS_WIDTH, BARS_BELOW + BAR_STEP * len(spec["data"]["values"])


def heat_map(cells: Sequence[Cell], columns: Sequence[str], legend: str) -> Spec:
    """Shares in a grid, rows in the order of their first cell, columns in the order given."""
    names = list(dict.fromkeys(cell.row for cell in cells))
    rows = _labels(names)
    label = dict(zip(names, rows, strict=True))
    values = [{"row": label[cell.row], "column": cell.column, "share": cell.share, "told": cell.told} for cell in cells]
    axes = {
        "y": {"field": "row", "type": "nominal", "sort": rows, "axis": {"title": None, "labelLimit": 330}},
        "x": {
            "field": "column", "type": "nominal", "sort": list(columns),
            "axis": {"title": None, "orient": "top", "labelAngle": 0},
        },
    }  # fmt: skip
    colour = {
        "field": "share",
        "type": "quantitative",
        "scale": {"domain": [0, 0.5, 1], "range": [COLOURS["red"], "#fff3cd", COLOURS["green"]]},
        "legend": {"title": legend, "format": ".0%", "orient": "bottom", "gradientLength": 200},
    }
    nothing = {"test": "datum.share === null", "value": "#eceff1"}
    pale = {"test": "datum.share === null || (datum.share > 0.2 && datum.share < 0.8)", "value": "black"}
    return _framed(
        values,
        [
            {
                "mark": {"type": "rect", "stroke": "white"},
                "encoding": {**axes, "color": {"condition": nothing, **colour}},
            },
            {
                "mark": {"type": "text", "fontSize": 10},
                "encoding": {**axes, "text": {"field": "told"}, "color": {"condition": pale, "value": "white"}},
            },
        ],
        {"width": max(WIDTH, 56 * len(columns)), "height": {"step": 20}},
    )


def svg(spec: Spec) -> str:
    """The drawing for a page. Takes about 0.1 s, 0.6 s the first time: call it in a thread, at an address of its own,
    so that no page waits for it. The last ones are kept: a page shows the same one until the figures change."""
    return _svg(json.dumps(spec))


@lru_cache(maxsize=DRAWINGS_KEPT)
def _svg(spec: str) -> str:
    return str(_converter().vegalite_to_svg(json.loads(spec)))


def png(spec: Spec) -> bytes:
    """The drawing for paper and chats. Takes about 0.1 s, 0.6 s the first time: call it in a thread."""
    return bytes(_converter().vegalite_to_png(spec, scale=SCALE))


def _framed(values: Sequence[Spec], layers: Sequence[Spec], size: Spec) -> Spec:
    plain = {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"}
    config = {"font": _FONT, "axis": plain, "legend": plain, "view": {"stroke": None}, "mark": {"invalid": None}}
    return {"$schema": _SCHEMA, "data": {"values": list(values)}, "layer": list(layers), "config": config, **size}


def _labels(names: Sequence[str]) -> list[str]:
    """The names cut to fit, each still told from the others: lines of one label would be drawn as one."""
    found: list[str] = []
    for name in names:
        label = cut = _cut(name)
        number = 2
        while label in found:
            label, number = f"{cut} ({number})", number + 1
        found.append(label)
    return found


def _cut(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rsplit(" ", 1)[0] + "…"


@cache
def _converter() -> Any:
    """The renderer with our fonts; imported when the first chart is drawn, it is 90 MB of memory."""
    import vl_convert

    vl_convert.register_font_directory(str(Path(__file__).parent / "fonts"))
    return vl_convert
