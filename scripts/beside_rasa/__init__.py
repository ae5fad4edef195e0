"""Loa's understanding beside Rasa's on the same examples: an optional measurement, ``docs/understanding-rasa.md``."""
