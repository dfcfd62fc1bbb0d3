"""Files elsewhere: in memory, on web servers and in an S3 server on loopback; their errors, and runs that are killed."""

from __future__ import annotations

import http.server
import io
import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
import pytest
import s3fs
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import _registry
from moto.s3.models import S3Backend

from spamguard.cli import FAILED, OK, SOME_ROWS_FAILED, main
from spamguard.errors import DataError, SpamguardError
from spamguard.io.guardrail import CutLimitError
from spamguard.io.options import Options
from spamguard.io.restore import restore
from spamguard.io.run import clean_files
from spamguard.io.stores import OBJECT_STORES, Remote, locate

from .conftest import DATA, ROOT
from .files import PACK, Scissors, corpus, held, jsonl, parquet, rows_of, table

ROWS = [{"id": number, "text": f"Document {number} " + "has words to cut. " * (number % 7)} for number in range(60)]
TEXTS = ["The council met on Tuesday, and nobody minded.", "All quiet.", ""]
CHUNK = 1500
SCRIPT = f"""
import sys
from pathlib import Path
from spamguard.io.options import Options
from spamguard.io.run import clean_files
from spamguard.io.stores import locate
from tests.files import Scissors
clean_files(["s3://killed/in"], "s3://killed/out", Scissors(),
            Options(removed=locate("s3://killed/removed.jsonl"), report="beside", resume=True, chunk_bytes={CHUNK}))
"""


class Stop(BaseException):
    """What the tests end a run with."""


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder where no other is given."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "spamguard"


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    """An empty store in memory."""
    store = MemoryFileSystem()
    yield store
    store.store.clear()
    store.pseudo_dirs[:] = [""]


def upload(folder: Path, store: Any, path: str) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            store.pipe_file(f"{path}/{file.relative_to(folder).as_posix()}", file.read_bytes())


def download(store: Any, path: str, folder: Path) -> dict[str, bytes]:
    """What stands below a path of a store but the journal, decompressed."""
    store.invalidate_cache()
    for name in store.find(path):
        file = folder / name.removeprefix(path).strip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(store.cat_file(name))
    return held(folder)


def make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "a.jsonl").write_bytes(jsonl(ROWS[:40]) + b'{"broken\n' + jsonl(ROWS[40:]))
    (folder / "b.csv.gz").write_bytes(PACK[".gz"](table(ROWS)))
    for name in "cde":
        (folder / f"{name}.txt").write_bytes(f"Page {name} of plain text has enough words to cut some.".encode())
    parquet(ROWS, folder / "f.parquet", row_group_size=25)
    parquet(ROWS, folder / "old.parquet", version="1.0", data_page_version="2.0")  # its like cannot be written: it is kept
    return folder


def named(files: dict[str, bytes], address: str) -> dict[str, bytes]:
    """Files with the address of the inputs taken out of what they hold."""
    return {name: data.replace(address.encode(), b"IN") for name, data in files.items()}


def test_every_format_from_s3_to_s3_and_back_by_the_command(
    s3: s3fs.S3FileSystem, tmp_path: Path, contaminated: str, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus(tmp_path / "in", [contaminated, *TEXTS])
    (tmp_path / "in" / "bad.jsonl").write_bytes(b"broken\n" + jsonl(ROWS[:3]))
    s3.mkdir("every")
    upload(tmp_path / "in", s3, "every/in")
    here, there = str(tmp_path), "s3://every"
    for place in (here, there):
        removed = ["--removed", f"{place}/removed.jsonl"]
        assert main(["clean", f"{place}/in", "--out", f"{place}/out", *removed, "--id-field", "id"]) == SOME_ROWS_FAILED
        assert main(["restore", f"{place}/out", *removed, "--out", f"{place}/back"]) == OK
    assert "rows in error are in s3://every/out/bad.jsonl.errors.jsonl" in capsys.readouterr().err
    out = download(s3, "every/out", tmp_path / "got")
    assert named(out, f"{there}/in") == named(held(tmp_path / "out"), f"{here}/in")
    assert s3.cat_file("every/removed.jsonl") == (tmp_path / "removed.jsonl").read_bytes()
    assert s3.find("every/removed.jsonl.originals") == ["every/removed.jsonl.originals/old.parquet"]
    assert download(s3, "every/back", tmp_path / "back again") == held(tmp_path / "in")
    assert main(["clean", f"{there}/in/*/*.jsonl.gz", f"{there}/in/snappy.parquet", "--out", f"{there}/some"]) == OK
    assert sorted(download(s3, "every/some", tmp_path / "some")) == ["gz/news.jsonl.gz", "snappy.parquet", "summary.json"]
    assert main(["clean", f"{there}/in/page.txt", "--report-beside", "--out", f"{there}/page.txt"]) == OK
    assert s3.cat_file("every/page.txt") == (tmp_path / "out" / "page.txt").read_bytes()
    assert not s3.exists("every/.page.txt.journal")


def test_a_second_run_changes_nothing(memory: MemoryFileSystem, tmp_path: Path) -> None:
    upload(make(tmp_path / "in"), memory, "/in")
    for given, out, documents in (("in", "out", 63), ("out", "again", 0)):
        options = Options(report="beside", removed=locate(f"memory://{given}.removed"))
        tally = clean_files(
            [f"memory://{given}/*.csv.gz", f"memory://{given}/*.txt"], f"memory://{out}", Scissors(), options
        )
        assert tally.documents == documents
    first, second = (download(memory, f"/{name}", tmp_path / name) for name in ("out", "again"))
    for name in ("b.csv.gz", "c.txt", "d.txt", "e.txt"):
        assert first[name] == second[name]
    clean_files(["memory://in"], "memory://in/out", Scissors(), Options(removed=locate("memory://in/out/removed.jsonl")))
    before = sorted(memory.find("/in"))
    clean_files(["memory://in/"], "memory://in/out/", Scissors(), Options(removed=locate("memory://in/out/removed.jsonl")))
    assert sorted(memory.find("/in")) == before  # what the first run wrote there is no input of the second


def test_the_guard_rail_stops_before_anything_is_sent(memory: MemoryFileSystem, tmp_path: Path) -> None:
    memory.pipe_file("/in/a.jsonl", jsonl(ROWS))
    clean = ["memory://in"], "memory://out", Scissors()
    with pytest.raises(CutLimitError, match=r"--max-cut 0.05: .* of 60 documents"):
        clean_files(*clean, Options(max_cut=0.05))
    assert memory.find("/out") == ["/out/.spamguard.journal"]
    clean_files(*clean, Options(max_cut=1, resume=True))
    resumed = download(memory, "/out", tmp_path / "resumed")
    clean_files(*clean, Options())
    assert download(memory, "/out", tmp_path / "anew") == resumed
    told: list[str] = []
    clean_files(*clean, Options(resume=True), told.append)
    assert told == ["nothing is left to do: the run was finished"]


@pytest.mark.parametrize("kind", ["objects", "files"])
def test_a_stop_at_any_sending_is_made_good(
    memory: MemoryFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Path, kind: str
) -> None:
    """A store of objects shows an upload when it is whole; one of files shows it while it grows."""
    if kind == "objects":
        monkeypatch.setattr("spamguard.io.stores.OBJECT_STORES", OBJECT_STORES | {"memory"})
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    upload(make(tmp_path / "in"), memory, "/in")

    def run(**options: Any) -> None:
        removed = locate("memory://removed/removed.jsonl")
        clean_files(["memory://in"], "memory://out", Scissors(), Options(removed=removed, chunk_bytes=CHUNK, **options))

    def outcome() -> dict[str, bytes]:
        files = [path for root in ("/out", "/removed") for path in memory.find(root) if not path.endswith(".journal")]
        return {path: memory.cat_file(path) for path in files}

    run()
    undisturbed = outcome()
    for step in itertools.count(1):
        for written in memory.find("/out") + memory.find("/removed"):
            memory.rm_file(written)
        shutil.rmtree(work)
        try:
            with stopped_at(step, halves=kind == "files"):
                run()
        except Stop:
            whole = {path: data for path, data in outcome().items() if "/." not in path}
            assert whole.items() <= undisturbed.items()  # what has its name is whole
            run(resume=True)
            assert outcome() == undisturbed
            continue
        assert step > 20
        return


@contextmanager
def stopped_at(step: int, halves: bool) -> Iterator[None]:
    """End what runs inside at its n-th step on the store: halfway through an upload, after it, at a renaming."""
    steps = itertools.count(1)

    def stopping(work: Callable[..., None], half: bool) -> Callable[..., None]:
        def worked(store: MemoryFileSystem, first: str, second: str, **options: Any) -> None:
            if next(steps) == step:
                if half:
                    store.pipe_file(second, Path(first).read_bytes()[:10])
                raise Stop
            work(store, first, second, **options)
            if next(steps) == step:
                raise Stop

        return worked

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryFileSystem, "put_file", stopping(MemoryFileSystem.put_file, halves))
        patch.setattr(MemoryFileSystem, "mv", stopping(MemoryFileSystem.mv, half=False))
        yield


def test_kills_with_signal_9_while_uploading(s3: s3fs.S3FileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.mkdir("killed")
    upload(make(tmp_path / "in"), s3, "killed/in")
    store_object = S3Backend.put_object
    children: list[subprocess.Popen[bytes]] = []
    uploads = itertools.count(1)

    def killing(backend: S3Backend, *args: Any, **options: Any) -> Any:
        """The client dies in the middle of some uploads: before the object is stored, or before it hears of that."""
        number = next(uploads)
        if number in (2, 9):
            children[-1].kill()
        stored = store_object(backend, *args, **options)
        if number in (5, 12):
            children[-1].kill()
        return stored

    monkeypatch.setattr(S3Backend, "put_object", killing)
    while not children or children[-1].returncode:
        assert len(children) < 9
        children.append(subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=ROOT))
        children[-1].wait(60)
    assert [child.returncode for child in children] == [-signal.SIGKILL] * 4 + [0]
    options = Options(removed=tmp_path / "removed.jsonl", report="beside", chunk_bytes=CHUNK)
    clean_files([str(tmp_path / "in")], str(tmp_path / "out"), Scissors(), options)
    out = download(s3, "killed/out", tmp_path / "got")
    assert named(out, "s3://killed/in") == named(held(tmp_path / "out"), str(tmp_path / "in"))
    assert s3.cat_file("killed/removed.jsonl") == (tmp_path / "removed.jsonl").read_bytes()


def test_what_is_not_there_or_not_allowed_is_told(
    s3: s3fs.S3FileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    s3.mkdir("there")
    s3.pipe_file("there/a.txt", b"All quiet.")
    out = str(tmp_path / "out")
    for given, wanted in (
        ("s3://nowhere/in", "s3://nowhere/in: The specified bucket does not exist: check the name"),
        ("s3://nowhere/in/*.jsonl", "The specified bucket does not exist"),
        ("s3://there/none.txt", "s3://there/none.txt: No such file or folder"),
        ("s3://there/*.csv", "no file matches this pattern"),
        ("nothing://a/b", "Protocol not known: nothing"),
        ("http://127.0.0.1:1/a.jsonl", "ClientConnectorError"),
    ):
        assert main(["clean", given, "--out", out]) == FAILED
        assert wanted in capsys.readouterr().err
    assert main(["clean", "s3://there/a.txt", str(DATA / "samples"), "--out", out]) == FAILED
    assert "in several stores" in capsys.readouterr().err
    for target in ("s3://nowhere/out", "s3://nowhere/out.txt"):
        assert main(["clean", "s3://there/a.txt", "--out", target, "--work", str(tmp_path / "here")]) == FAILED
        told = capsys.readouterr().err
        assert "cannot be written (The specified bucket does not exist)" in told
        assert f"waits in {tmp_path / 'here'}: go on with --resume" in told
    s3.mkdir("nowhere")
    assert main(["clean", "s3://there/a.txt", "--out", target, "--work", str(tmp_path / "here"), "--resume"]) == OK
    assert s3.cat_file("nowhere/out.txt") == b"All quiet."
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    s3fs.S3FileSystem.clear_instance_cache()
    assert main(["clean", "s3://there/a.txt", "--out", out]) == FAILED
    assert "Unable to locate credentials: check the name, and your way there (rights, cred" in capsys.readouterr().err


def test_the_endpoint_may_also_be_told_to_fsspec(
    s3: s3fs.S3FileSystem, s3_server: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    s3.mkdir("endpoint")
    s3.pipe_file("endpoint/a.txt", b"All quiet.")
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("FSSPEC_S3_ENDPOINT_URL", s3_server)
    monkeypatch.setitem(fsspec.config.conf, "s3", {})
    fsspec.config.set_conf_env(fsspec.config.conf)
    s3fs.S3FileSystem.clear_instance_cache()
    assert main(["inspect", "s3://endpoint/a.txt"]) == OK
    assert capsys.readouterr().out.startswith("clean: 10 characters")


class Breaking(io.BytesIO):
    """A connection that breaks off after some bytes."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 2000:
            raise RuntimeError("connection reset")
        return super().read(1000)


def test_a_connection_that_breaks_off_costs_one_file(
    memory: MemoryFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a-broken.jsonl", "b.jsonl"):
        memory.pipe_file(f"/in/{name}", jsonl(ROWS))
    opening = MemoryFileSystem._open

    def breaking(store: MemoryFileSystem, path: str, *args: Any, **options: Any) -> Any:
        return Breaking(jsonl(ROWS)) if "broken" in path else opening(store, path, *args, **options)

    monkeypatch.setattr(MemoryFileSystem, "_open", breaking)
    told: list[str] = []
    tally = clean_files(["memory://in"], str(tmp_path / "out"), Scissors(), Options(), told.append)
    (problem,) = rows_of(tmp_path / "out" / "a-broken.jsonl.errors.jsonl")
    read = rows_of(tmp_path / "out" / "a-broken.jsonl")
    assert [row["id"] for row in read] == list(range(len(read)))
    assert problem["row"] == len(read) + 1 > 10
    assert problem["reason"].startswith("RuntimeError: connection reset: check the file and your way there")
    assert told[0].startswith(f"memory://in/a-broken.jsonl after {len(read)} rows: ")
    assert len(rows_of(tmp_path / "out" / "b.jsonl")) == len(ROWS)
    assert tally.errors == 1
    with pytest.raises(DataError, match=r"connection reset.*--on-error stop"):
        clean_files(["memory://in"], str(tmp_path / "stopped"), Scissors(), Options(on_error="stop"))


class Web(http.server.SimpleHTTPRequestHandler):
    """A web server that cannot read on from a place, and sends half of a file named so."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        data = source.read()
        outputfile.write(data[: len(data) // 2] if "broken" in self.path else data)

    def log_message(self, *_: Any) -> None:
        pass


def test_files_of_a_web_server(tmp_path: Path) -> None:
    make(tmp_path / "in")
    (tmp_path / "in" / "broken.jsonl").write_bytes(jsonl(ROWS))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *a: Web(*a, directory=str(tmp_path / "in"))) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{web.server_port}"
        names = ["a.jsonl?key=secret", "b.csv.gz", "broken.jsonl", "c.txt", "d.txt", "e.txt", "f.parquet", "old.parquet"]
        clean = [f"{address}/{name}" for name in names], str(tmp_path / "out"), Scissors()
        clean_files(*clean, Options(removed=tmp_path / "removed.jsonl"))
        web.shutdown()
    assert "not completed" in rows_of(tmp_path / "out" / "broken.jsonl.errors.jsonl")[0]["reason"]
    assert b"secret" not in b"".join(held(tmp_path / "out").values())
    assert restore(tmp_path / "out", tmp_path / "removed.jsonl", tmp_path / "back") == (7, 1)
    originals = held(tmp_path / "in")
    del originals["broken.jsonl"]
    assert held(tmp_path / "back") == originals


def test_addresses_of_this_machine_are_its_paths(tmp_path: Path) -> None:
    make(tmp_path / "in")
    clean = ["clean", f"file://{tmp_path}/in", "--removed", f"file://{tmp_path}/removed.jsonl"]
    assert main([*clean, "--out", f"file://{tmp_path}/out"]) == SOME_ROWS_FAILED
    assert main(["restore", f"file://{tmp_path}/out", *clean[2:], "--out", f"file://{tmp_path}/back"]) == OK
    assert held(tmp_path / "back") == held(tmp_path / "in")
    assert main([*clean, "--out", str(tmp_path / "in")]) == FAILED  # the same folder by another name


def test_names_that_only_objects_can_have_are_refused(
    memory: MemoryFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("/in/b.txt", "/in/../a.txt"):
        memory.pipe_file(name, b"All quiet.")
    with pytest.raises(DataError, match="leads out of the folder"):
        clean_files(["memory://in/b.txt", "memory://in/../a.txt"], str(tmp_path / "out"), Scissors(), Options())
    listed = {name: {"name": name, "size": 10, "type": "file"} for name in ("/in/b.txt", "/in//b.txt")}
    monkeypatch.setattr(MemoryFileSystem, "find", lambda *_, **__: listed)
    with pytest.raises(DataError, match="would be written as"):
        clean_files(["memory://in"], str(tmp_path / "out"), Scissors(), Options())
    assert not (tmp_path / "out").exists()


def test_other_commands_read_from_stores_too(
    s3: s3fs.S3FileSystem, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    s3.mkdir("read")
    upload(DATA / "samples", s3, "read")
    news = (DATA / "news" / "train" / "articles.jsonl").read_bytes().splitlines(keepends=True)[:30]
    s3.pipe_file("read/clean.jsonl.gz", PACK[".gz"](b"".join(news)))
    (tmp_path / "clean.jsonl").write_bytes(b"".join(news))
    for command in (
        ["inspect", "{}/contaminated.txt"],
        ["evaluate", "--gold", "{}/labels.jsonl", "--least", "0"],
        ["mine", "{}/articles.jsonl", "--out", str(tmp_path / "found.jsonl")],
    ):
        printed = []
        for place in ("s3://read", str(DATA / "samples")):
            assert main([part.format(place) for part in command]) == OK
            printed.append(capsys.readouterr())
        assert printed[0] == printed[1]
        assert printed[0].out
    printed = []
    for file in ("s3://read/clean.jsonl.gz", str(tmp_path / "clean.jsonl")):
        assert main(["calibrate", "--clean", file, "--rate", "0.2"]) == OK
        printed.append(capsys.readouterr())
    assert printed[0] == printed[1]
    assert main(["clean", "s3://read/contaminated.txt"]) == OK
    assert capsys.readouterr().out.rstrip().endswith("regional press fund.")


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contaminated: str) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(_registry, "s3", raising=False)
    with pytest.raises(SpamguardError, match=r"pip install 'spamguard\[s3\]'"):
        locate("s3://bucket/a.txt")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(SpamguardError, match=r"memory:// needs fsspec: pip install 'spamguard\[remote\]'"):
        locate("memory://a.txt")
    (tmp_path / "a.txt").write_text(contaminated, encoding="utf-8")
    assert main(["clean", str(tmp_path / "a.txt"), "--out", str(tmp_path / "b.txt")]) == OK  # files here do without


@pytest.mark.parametrize(
    ("address", "above"),
    [
        ("s3://bucket/in/a.jsonl.gz", ["s3://bucket/in", "s3://bucket"]),
        ("memory://in/a.jsonl.gz", ["memory://in", "memory://"]),
        ("https://news.example/in/a.jsonl.gz?key=1", ["https://news.example/in", "https://news.example"]),
    ],
)
def test_the_face_of_a_path(address: str, above: list[str]) -> None:
    place = locate(address)
    assert isinstance(place, Remote)
    assert str(place) == f"{above[0]}/a.jsonl.gz"
    assert place.parts == (*place.parent.parts, "a.jsonl.gz")
    assert (place.anchor + "/".join(place.parts[1:]), place.name, place.suffix) == (str(place), "a.jsonl.gz", ".gz")
    assert [str(folder) for folder in place.parents] == above
    assert place.with_name("b") == place.parent / "b" == locate(f"{above[0]}/b")
    assert locate(f"{above[0]}/").resolve() == place.parent
