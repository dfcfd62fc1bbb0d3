"""Runs that are interrupted: at every step, by signal 9, by a full disk; what comes out is what an undisturbed run gives."""

from __future__ import annotations

import itertools
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from spamguard.errors import DataError
from spamguard.io.options import Options
from spamguard.io.run import clean_files

from .conftest import ROOT
from .files import PACK, Scissors, held, jsonl, parquet, table

ROWS = [{"id": number, "text": f"Document {number} " + "has words to cut. " * (number % 7)} for number in range(60)]
CHUNK = 1500
SCRIPT = f"""
import sys
from pathlib import Path
from spamguard.io.options import Options
from spamguard.io.run import clean_files
from tests.files import Scissors
folder = Path(sys.argv[1])
clean_files([str(folder / "in")], str(folder / "out"), Scissors(),
            Options(removed=folder / "removed.jsonl", resume=True, report="beside", chunk_bytes={CHUNK}))
"""


class Stop(BaseException):
    """What the tests end a run with."""


def make(folder: Path) -> None:
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "a.jsonl").write_bytes(jsonl(ROWS[:40]) + b'{"broken\n' + jsonl(ROWS[40:]))
    (folder / "in" / "b.csv.gz").write_bytes(PACK[".gz"](table(ROWS)))
    for name in "cde":
        (folder / "in" / f"{name}.txt").write_bytes(f"Page {name} of plain text has enough words to cut some.".encode())
    parquet(ROWS, folder / "in" / "f.parquet", row_group_size=25)


def run(folder: Path, **options: Any) -> None:
    settings = {"removed": folder / "removed.jsonl", "report": "beside", "chunk_bytes": CHUNK, **options}
    clean_files([str(folder / "in")], str(folder / "out"), Scissors(), Options(**settings))


def outcome(folder: Path) -> dict[str, bytes]:
    """All that a run wrote, with the name of its folder taken out."""
    files = {**held(folder / "out"), "removed": (folder / "removed.jsonl").read_bytes()}
    return {name: data.replace(os.fsencode(folder), b"FOLDER") for name, data in files.items()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    make(folder)
    run(folder)
    return outcome(folder)


@contextmanager
def stopped_at(step: int) -> Iterator[None]:
    """End what runs inside at its n-th step on the disk: a sync, a renaming, or half a write."""
    steps = itertools.count(1)
    with pytest.MonkeyPatch.context() as patch:
        rename = Path.replace

        def stopping_sync(descriptor: int) -> None:
            if next(steps) == step:
                raise Stop

        def stopping_rename(path: Path, target: Path) -> Path:
            if next(steps) == step:
                raise Stop
            return rename(path, target)

        def stopping_write(file: Any, data: bytes) -> None:
            if next(steps) == step:
                file.write(data[: len(data) // 2])
                raise Stop
            file.write(data)

        patch.setattr(os, "fsync", stopping_sync)
        patch.setattr(Path, "replace", stopping_rename)
        patch.setattr("spamguard.io.parts.write_all", stopping_write)
        patch.setattr("spamguard.io.journal.write_all", stopping_write)
        yield


def resume_quickly(folder: Path) -> None:
    """Resume without syncing: what a killed process wrote is not lost, as it would be with a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        run(folder, resume=True)


def test_a_stop_at_any_step_is_made_good(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    make(tmp_path)
    for step in range(1, 1000, 3):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        (tmp_path / "removed.jsonl").unlink(missing_ok=True)
        try:
            with stopped_at(step):
                run(tmp_path)
        except Stop:
            whole = {name: data for name, data in held(tmp_path / "out").items() if not name.split("/")[-1].startswith(".")}
            named = {name: data.replace(os.fsencode(tmp_path), b"FOLDER") for name, data in whole.items()}
            assert named.items() <= undisturbed.items()  # what has its name is whole
            resume_quickly(tmp_path)
            assert outcome(tmp_path) == undisturbed
            continue
        assert step > 100  # the run has many steps, and each third of them was a place to stop at
        return
    raise AssertionError("the run did not end")


def kill_often(folders: list[Path], kills: int) -> int:
    """Run in each folder, killed at random moments and resumed until it ends, until there were so many kills.

    Returns the number of folders used. Called in a process of its own: forking one with threads is not safe.
    """
    import pyarrow.parquet  # noqa: F401  # once, and not in each child

    chance = random.Random(9)
    length = 0.0  # seconds of the quickest run so far
    for number, folder in enumerate(folders, 1):
        ended = False
        while not ended:
            started = time.monotonic()
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    resume_quickly(folder)
                    code = 0
                finally:
                    os._exit(code)
            limit = chance.uniform(0.02, 1.2) * length if length and kills > 0 else 60
            while not ended and time.monotonic() - started < limit:
                ended = os.waitpid(child, os.WNOHANG)[0] == child
                time.sleep(0.001)
            if not ended:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                kills -= 1
        taken = time.monotonic() - started
        length = min(length, taken) if length else taken
        if kills <= 0:
            return number
    raise AssertionError(f"{kills} kills were left over")


def test_20_kills_with_signal_9(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    folders = [tmp_path / str(number) for number in range(60)]
    for folder in folders:
        make(folder)
    code = f"""
from pathlib import Path
from tests.test_resume import kill_often
print(kill_often([Path({str(tmp_path)!r}) / str(number) for number in range({len(folders)})], 20))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for folder in folders[: int(done.stdout)]:
        assert outcome(folder) == undisturbed


def test_workers_end_with_their_killed_parent(tmp_path: Path) -> None:
    rows = [{"text": "An article of some length about nothing much. " * 40}] * 2000
    (tmp_path / "in.jsonl").write_bytes(jsonl(rows))
    command = [sys.executable, "-m", "spamguard", "clean", "in.jsonl", "--out", "out", "--workers", "2"]
    child = subprocess.Popen(command, cwd=tmp_path, start_new_session=True)
    deadline = time.monotonic() + 30
    while len(_members(child.pid)) < 4 and time.monotonic() < deadline:  # parent, resource tracker, two workers
        time.sleep(0.05)
    child.kill()
    child.wait()
    while _members(child.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _members(child.pid) == []


def _members(session: int) -> list[int]:
    """The processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended
            continue
        if fields[3] == str(session) and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_full_disk_ends_with_a_clear_error_and_whole_files(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    make(tmp_path)

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        cwd=ROOT,
        preexec_fn=small_disk,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no room to write (File too large)" in done.stderr
    assert "--resume" in done.stderr
    named = [name for name in held(tmp_path / "out") if not name.startswith(".")]
    assert all(held(tmp_path / "out")[name] == undisturbed[name] for name in named)
    run(tmp_path, resume=True)
    assert outcome(tmp_path) == undisturbed


def test_resume_goes_on_with_the_same_only(tmp_path: Path) -> None:
    make(tmp_path)
    with stopped_at(40), pytest.raises(Stop):
        run(tmp_path)
    with pytest.raises(DataError, match=r"other options .*report: 'beside', now 'field'"):
        run(tmp_path, resume=True, report="field")
    (tmp_path / "in" / "a.jsonl").write_bytes(jsonl(ROWS[:7]))
    with pytest.raises(DataError, match="changed since the interrupted run"):
        run(tmp_path, resume=True)
    with pytest.raises(DataError, match="needs --out"):
        clean_files([str(tmp_path / "in" / "a.jsonl")], None, Scissors(), Options(resume=True))
    run(tmp_path)
    (tmp_path / "in" / "new.jsonl").write_bytes(jsonl(ROWS[:7]))
    with pytest.raises(DataError, match=r"new\.jsonl was not there then"):
        run(tmp_path, resume=True)
    assert not [name for name in held(tmp_path / "out") if name.endswith(".part")]


def test_one_run_at_a_time(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    make(tmp_path)
    run(tmp_path)
    with open(tmp_path / "out" / ".spamguard.journal", "ab") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)
        with pytest.raises(DataError, match="another run writes here"):
            run(tmp_path)
