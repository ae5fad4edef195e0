"""Readings of the five documents, each read once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from bot.imports import reading_of
from content.catalog import Catalog
from tests.documents.measure import seed

Read = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="session")
def read(catalog: Catalog) -> Read:
    """Reads a text with the shipped registry."""
    return lambda text: reading_of(text, catalog)


@pytest.fixture(scope="session")
def reading(read: Read) -> Read:
    """The reading of the document with this number."""
    return cache(lambda number: read(seed(number)))
