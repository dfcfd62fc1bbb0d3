"""The notebooks run from top to bottom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
RUN = """
import sys, nbformat
from nbclient import NotebookClient
path = sys.argv[1]
notebook = nbformat.read(path, as_version=4)
NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
"""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path), str(path.parent)], capture_output=True, text=True, check=False
    )  # a process of its own: the kernel talks over loopback sockets
    assert done.returncode == 0, done.stderr[-3000:]


def test_notebooks_are_small() -> None:
    assert NOTEBOOKS
    assert all(path.stat().st_size < 200_000 for path in NOTEBOOKS)
