"""Understanding in a process of its own: the same answers, in order, and none when the process is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SCRIPT = """
import asyncio, os, signal, sys
from bot.interpreter import Interpreter
from nlu.verdict import Emergency, Level, Understanding, UnderstandingKind

class Known:
    def understand(self, text):
        if text == "bug":
            raise RuntimeError("bug")
        if text == "die":
            os._exit(3)
        certain = Emergency(Level.CERTAIN, "food", "ngo_doc")
        return Understanding(text, UnderstandingKind.FAQ, "food.a", None, 0.5, ("food.a", "food.b"), certain)

async def main(interpreter):
    await interpreter.open()
    texts = ["một", "", "hai\\n" * 2000, "\\ud800", "bug", "ba"]
    if "signals" in sys.argv:
        os.kill(interpreter._process, signal.SIGTERM)
        os.kill(interpreter._process, signal.SIGINT)
    if "gone" in sys.argv:
        texts = ["một", "die", "hai"]
    found = await asyncio.gather(*(interpreter.understand(text) for text in texts))
    for text, one in zip(texts, found):
        print("-" if one is None else one == Known().understand(text))
    print(await interpreter.understand("sau") is None)
    process = interpreter._process
    await interpreter.aclose()
    await interpreter.aclose()
    try:
        os.kill(process, 0)
        print("alive")
    except ProcessLookupError:
        print("ended")

interpreter = Interpreter.forked(Known())
asyncio.run(main(interpreter))
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each turn understands its message itself")


def _run(*words: str) -> list[str]:
    """In a process of its own: the tests' has threads, and must not be split."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if "interpreter.gone" not in line]


@pytest.mark.parametrize("mode", ["plain", "signals"])
def test_it_understands_the_same_in_order_and_leaves_faults_to_the_turn(mode: str) -> None:
    assert _run(mode) == ["True", "True", "True", "True", "-", "True", "False", "ended"]


def test_when_it_is_gone_nobody_waits_for_it() -> None:
    before, *after = _run("gone")
    assert after == ["-", "-", "True", "ended"]
    assert before in ("True", "-"), "an answer still on the line may be lost with it, but is never another one's"
