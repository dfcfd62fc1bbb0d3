"""The examples in docstrings hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import spamguard.io

MODULES = [f"spamguard.io.{module.name}" for module in pkgutil.iter_modules(spamguard.io.__path__)]


@pytest.mark.parametrize("name", [*MODULES, "spamguard.result", "spamguard.frames"])
def test_examples_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
