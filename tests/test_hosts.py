"""Domain names in running text."""

from __future__ import annotations

import pytest

from spamguard.batch import Batch
from spamguard.hosts import find, split_run


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("see zalbetgiris.com now", ["zalbetgiris.com"]),
        ("restbetcdn.combetturkeygiris.orgbetvolem.com", ["restbetcdn.com", "betturkeygiris.org", "betvolem.com"]),
        ("koralslot.xyzdepo77.vip", ["koralslot.xyz", "depo77.vip"]),
        ("alobet.comKralbahis", ["alobet.com"]),
        ("alobet.com1kralgiris.org", ["alobet.com", "1kralgiris.org"]),
        ("www.example.co.uk/path?x=1", ["example.co.uk"]),
        ("https://mail.google.com/", ["google.com"]),
        ("a.b.c.example.com.tr.", ["example.com.tr"]),
        ("network.example.com", ["example.com"]),
        ("He left.The end came.Soon", []),
        ("in 1995.Live music in 2009.Organ", []),
        ("e.g. U.S. 3.5 p.m. v1.2.3", []),
        ("said.slot gacor", []),
        ("girişzalbet.org", ["zalbet.org"]),
        ("...com .com com. .", []),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert list(find(Batch.of([text])).registered) == names


def test_places_and_welding() -> None:
    text = "x alobet.comkral.org y@mail.org"
    hosts = find(Batch.of(["", text]))
    origin = int(Batch.of(["", text]).doc_start[1])
    assert [text[a - origin : b - origin] for a, b in zip(hosts.start, hosts.end, strict=True)] == [
        "alobet.com", "kral.org", "mail.org",
    ]  # fmt: skip
    assert hosts.glued.tolist() == [True, False, False]
    assert hosts.mail.tolist() == [False, False, True]
    assert hosts.run[0] == hosts.run[1] != hosts.run[2]


def test_a_long_run_is_read_once() -> None:
    assert len(split_run("alobet.com" * 20_000)) == 20_000
    assert len(split_run("a" + ".com" * 200_000)) <= 1


def test_a_lone_letter_is_a_name_only_in_an_address() -> None:
    hosts = find(Batch.of(["Follow t.me/kanal at 8 a.m. and read x.com/paper; see e.g. p.5"]))
    assert hosts.registered == ("t.me", "x.com")


def test_disguised_names_are_read_through() -> None:
    text = "go to ba77724.v\u200ciphu\u200czegacor.club or \U0001d4fc\U0001d4f5\U0001d4f8\U0001d4fd.com now"
    batch = Batch.of([text])
    hosts = find(batch)
    assert hosts.registered == ("ba77724.vip", "huzegacor.club", "slot.com")
    origin = int(batch.doc_start[0])
    assert text[hosts.start[2] - origin : hosts.end[2] - origin] == "\U0001d4fc\U0001d4f5\U0001d4f8\U0001d4fd.com"


def test_cover_takes_in_the_whole_address() -> None:
    text = "see https://a.org/b?c=1 and t.me/x/5, not here"
    batch = Batch.of([text])
    covered = find(batch).cover(batch)[batch.doc_start[0] : batch.doc_end[0]]
    assert "".join(char for char, inside in zip(text, covered, strict=True) if inside) == "https://a.org/b?c=1t.me/x/5,"
