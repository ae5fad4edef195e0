"""The client of Zalo's API works without the house around it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "zalo-client.md").read_text(encoding="utf-8")
TRIAL = """
import os
import bot.channels.zalo.templates
assert os.path.samefile(bot.__path__[0], "bot"), bot.__path__
from bot.channels.zalo.calls import proof
from bot.channels.zalo.signature import same, signature
assert proof("appSecretExample01", "accessTokenExample01").startswith("aad5f44bdb48")
assert same("mac=" + signature("1", b"{}", "2", "3"), signature("1", b"{}", "2", "3"))
"""


def test_the_files_the_page_names_can_be_lifted_out(tmp_path: Path) -> None:
    named = re.findall(r"^\| `(\w+\.py)` \|", PAGE, re.MULTILINE)
    assert len(named) == 9
    for name in ("errors.py", "clock.py", *(f"channels/zalo/{file}" for file in named)):
        target = tmp_path / "bot" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "bot" / name, target)
    for package in (tmp_path / "bot", tmp_path / "bot" / "channels", tmp_path / "bot" / "channels" / "zalo"):
        (package / "__init__.py").touch()  # else an installed house would be found in its stead
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    outcome = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{example}\n{TRIAL}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert outcome.returncode == 0, outcome.stderr
