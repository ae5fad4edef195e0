"""``python -m bot`` is ``loa``."""

from bot.cli import main

main()
