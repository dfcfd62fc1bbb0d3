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
