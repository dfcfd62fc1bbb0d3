"""A lower part never imports a higher one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import spamguard

PACKAGE = Path(spamguard.__file__).parent
LAYERS = [
    {"errors", "result", "codepoints", "lexicon"},
    {"batch"},
    {"hosts"},
    {"segment"},
    {"features"},
    {"trees", "nets", "trim"},
    {"scorer", "sieve"},
    {"joints"},
    {"classify"},
    {"explain"},
    {"guard"},
    {"frames", "io", "report", "engines"},
    {"mine", "train"},
    {"cli"},
    {"__init__", "__main__"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
LATE = {("guard", "frames")}  # the facade hands DataFrames on to the pandas face, imported when called
MODULES = sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    return path.stem if path.stem == "__main__" else path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "spamguard" else [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("spamguard.")}
    return found & set(RANK)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    mine = part(path)
    higher = {name for name in imports(path) if RANK[name] > RANK[mine] or (RANK[name] == RANK[mine] and name != mine)}
    same_layer_ok = {"lexicon", "codepoints"} if mine in {"codepoints", "lexicon"} else set()
    assert {(mine, name) for name in higher - same_layer_ok} <= LATE


def test_every_module_has_a_place() -> None:
    assert {part(path) for path in MODULES} == set(RANK)
