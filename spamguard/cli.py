"""The command line: ``spamguard inspect | clean | restore | mine | train | evaluate | calibrate``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from spamguard import __version__
from spamguard.classify import DEFAULT
from spamguard.errors import DataError, SpamguardError
from spamguard.guard import PLACES, SpamGuard
from spamguard.io.formats import FORMATS
from spamguard.io.options import ON_ERROR, Options
from spamguard.io.outbox import default_work
from spamguard.io.progress import Progress
from spamguard.io.restore import restore
from spamguard.io.rows import Fields
from spamguard.io.run import clean_files
from spamguard.io.stores import locate
from spamguard.report.terminal import render

OK, SOME_ROWS_FAILED, FAILED, STOPPED = 0, 1, 2, 130
"""Exit codes: all well; rows are in the errors file; the run ended with an error; a person stopped it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        return code
    except BrokenPipeError:  # the reader went away: nothing more to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        print("spamguard: stopped; a clean run with --out goes on with --resume", file=sys.stderr)
        return STOPPED
    except (SpamguardError, OSError, ValueError) as error:
        print(f"spamguard: {error}", file=sys.stderr)
        return FAILED


def parser() -> argparse.ArgumentParser:
    """All commands and options."""
    top = argparse.ArgumentParser(prog="spamguard", description="Find and trim injected spam in scraped text.")
    top.add_argument("--version", action="version", version=f"spamguard {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    modelled = argparse.ArgumentParser(add_help=False)
    modelled.add_argument("--model", default=DEFAULT, help="a shipped model or the folder of one (default: %(default)s)")
    guarded = argparse.ArgumentParser(add_help=False, parents=[modelled])
    guarded.add_argument("--threshold", type=_threshold, help="strict, balanced, eager or a probability (default: balanced)")
    guarded.add_argument("--where", type=_places, default=PLACES, help="places where it may cut (default: head,body,tail)")

    working = argparse.ArgumentParser(add_help=False)
    working.add_argument(
        "--work",
        type=Path,
        metavar="DIR",
        default=default_work(),
        help="where files for a store are written before they are sent (default: %(default)s)",
    )

    inspect = commands.add_parser("inspect", parents=[guarded], help="show what would be cut from a text, and why")
    inspect.add_argument("file", help="a text file, its address in a store, or - for standard input")
    inspect.add_argument("--json", action="store_true", help="print the report as JSON")
    inspect.set_defaults(run=_inspect)

    clean = commands.add_parser(
        "clean", parents=[guarded, working], help="clean files: text, JSON lines, CSV, Parquet, HTML, WARC, WET"
    )
    _add_clean(clean)

    back = commands.add_parser(
        "restore", parents=[working], help="put back what clean --removed kept: the original files, byte for byte"
    )
    back.add_argument("cleaned", help="the folder or file that clean wrote")
    back.add_argument("--removed", required=True, help="the file that clean --removed wrote")
    back.add_argument("--out", required=True, help="folder for the originals")
    back.set_defaults(run=_restore)

    mine = commands.add_parser("mine", parents=[modelled], help="find campaigns that nobody labelled yet, in many texts")
    mine.add_argument("inputs", nargs="+", metavar="IN", help="files, folders or patterns, as clean reads them")
    mine.add_argument("--out", type=Path, required=True, help="labels file to look at and give to train --labels")
    mine.add_argument("--format", choices=sorted(FORMATS), help="format of the inputs (default: by their names)")
    mine.add_argument("--field", help="field or column with the text, nested by dots (default: text)")
    mine.add_argument("--campaigns", type=int, default=20, help="campaigns at the most (default: %(default)s)")
    mine.set_defaults(run=_mine)

    train = commands.add_parser("train", help="train a model on folders of texts")
    train.add_argument("--corpus", nargs="+", type=Path, required=True, help="training folders, see data/README.md")
    train.add_argument("--out", type=Path, required=True, help="folder for the model")
    train.add_argument("--documents", type=int, help="documents to compose (default: by the size of the corpus)")
    train.add_argument(
        "--without", nargs="+", default=[], metavar="NAME", help="languages or trades the model is not to know, for tests"
    )
    train.add_argument("--from", dest="source", metavar="MODEL", help="teach this model the spam of --labels instead")
    train.add_argument("--labels", nargs="+", type=Path, default=[], help="JSON lines: text, spans; a few are enough")
    train.add_argument("--force", action="store_true", help="write the adapted model even if it got worse otherwise")
    train.add_argument("--seed", type=int, default=1, help="the same corpus and seed give the same model (default: 1)")
    train.set_defaults(run=_train)

    calibrate = commands.add_parser("calibrate", parents=[guarded], help="choose a threshold on clean texts of your own")
    calibrate.add_argument("--clean", nargs="+", required=True, help=".jsonl files, or one text a file")
    calibrate.add_argument(
        "--rate", type=float, default=0.001, help="share of clean texts that may be touched (default: %(default)s)"
    )
    calibrate.add_argument("--confidence", type=float, default=0.95, help="of the bound (default: %(default)s)")
    calibrate.add_argument("--out", type=Path, help="write the choice as JSON")
    calibrate.set_defaults(run=_calibrate)

    evaluate = commands.add_parser("evaluate", parents=[guarded], help="measure a model on texts with known spam")
    evaluate.add_argument("--gold", nargs="+", default=[], help="JSON lines: text, spans, lang, kind …")
    evaluate.add_argument("--corpus", nargs="+", type=Path, default=[], help="training folders: their dev split")
    evaluate.add_argument(
        "--composed", type=int, default=2000, help="contaminated documents to compose (default: %(default)s)"
    )
    evaluate.add_argument(
        "--trials",
        type=int,
        default=300,
        help="documents a trial (obfuscation, unknown brands, prose …); 0 for none (default: %(default)s)",
    )
    evaluate.add_argument("--seed", type=int, default=7)
    evaluate.add_argument(
        "--least", type=int, default=30, help="leave out groups with fewer documents (default: %(default)s)"
    )
    evaluate.add_argument("--out", type=Path, help="write all tables as JSON")
    evaluate.add_argument("--html", type=Path, help="write all tables and plots as one page (needs spamguard[report])")
    evaluate.set_defaults(run=_evaluate)
    return top


def _add_clean(clean: argparse.ArgumentParser) -> None:
    """The options of ``clean``."""
    add = clean.add_argument
    add(
        "inputs",
        nargs="+",
        metavar="IN",
        help="files, folders, patterns, here or in a store (s3://…), or - for standard input; also .gz .bz2 .xz .zst",
    )
    add("--out", help="a folder, or for one input a file; here or in a store (default: standard output)")
    add("--format", choices=sorted(FORMATS), help="format of the inputs (default: by their names)")
    add("--field", help="field or column with the text, nested by dots (default: text); a nameless input is JSON lines then")
    add("--id-field", help="field or column with the id of a document")
    add(
        "--on-error",
        choices=ON_ERROR,
        default="skip",
        help="leave a broken row out, keep it as it is, or stop (default: skip)",
    )
    report = clean.add_mutually_exclusive_group()
    report.add_argument(
        "--report-beside", action="store_true", help="write reports to a file beside the output, add no field"
    )
    report.add_argument("--report-only", action="store_true", help="write reports and no cleaned text")
    add("--removed", metavar="FILE", help="keep everything that is cut here, for spamguard restore")
    add("--workers", type=int, default=1, help="worker processes, -1 for all cores (default: 1)")
    add("--sample", type=int, metavar="N", help="clean only the first N documents of each file")
    add("--max-cut", type=float, metavar="SHARE", help="stop when this share of characters or of documents is cut (0 to 1)")
    add("--dry-run", action="store_true", help="count only, write nothing")
    add("--resume", action="store_true", help="go on with an interrupted run")
    clean.set_defaults(run=_clean)


def _threshold(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def _places(value: str) -> tuple[str, ...]:
    return tuple(value.split(","))


def _guard(options: argparse.Namespace) -> SpamGuard:
    return SpamGuard(model=options.model, threshold=options.threshold, where=options.where)


def _inspect(options: argparse.Namespace) -> int:
    result = _guard(options).clean(_read_text(options.file))
    if options.json:
        print(json.dumps(result.to_dict(), indent=2))
    else:
        print(render(result, color=sys.stdout.isatty()))
    return OK


def _clean(options: argparse.Namespace) -> int:
    settings = Options(
        fields=Fields(options.field or "text", options.id_field),
        format=options.format,
        nameless="jsonl" if options.field else "text",
        on_error=options.on_error,
        report="only" if options.report_only else "beside" if options.report_beside else "field",
        removed=locate(options.removed) if options.removed else None,
        work=options.work,
        workers=options.workers,
        sample=options.sample,
        max_cut=options.max_cut,
        dry_run=options.dry_run,
        resume=options.resume,
    )
    with Progress() as progress:
        tally = clean_files(
            options.inputs,
            options.out,
            _guard(options),
            settings,
            tell=progress.tell,
            start=progress.start,
            step=progress.step,
        )
    print(f"spamguard: {tally}\nspamguard: {progress.speed()}", file=sys.stderr)
    return SOME_ROWS_FAILED if tally.errors else OK


def _restore(options: argparse.Namespace) -> int:
    say = partial(print, "spamguard:", file=sys.stderr)
    cleaned, removed, out = map(locate, (options.cleaned, options.removed, options.out))
    restored, failed = restore(cleaned, removed, out, tell=say, work=options.work)
    say(f"{restored} files restored" + (f", {failed} not" if failed else ""))
    return SOME_ROWS_FAILED if failed else OK


def _mine(options: argparse.Namespace) -> int:
    from spamguard import mine  # scipy is needed here only

    found, failed = mine.run(
        SpamGuard(options.model),
        options.inputs,
        options.out,
        fields=Fields(options.field or "text"),
        format=options.format,
        nameless="jsonl" if options.field else "text",
        most=options.campaigns,
        tell=partial(print, "spamguard:", file=sys.stderr),
    )
    print(mine.table(found) if found else "no campaigns found")
    return SOME_ROWS_FAILED if failed else OK


def _read_text(file: str) -> str:
    if file == "-":
        raw = sys.stdin.buffer.read()
    else:
        with locate(file).open("rb") as stream:
            raw = stream.read()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not UTF-8 ({error}). Convert it first, for example with iconv.") from None


def _train(options: argparse.Namespace) -> int:
    from spamguard.train import adapt, job  # scikit-learn is needed here only

    if bool(options.source) != bool(options.labels):
        raise ValueError("--from MODEL and --labels FILES go together: a model to start from, and what to teach it")
    if options.source:
        return adapt.run(options.source, options.labels, options.corpus, options.out, seed=options.seed, force=options.force)
    return job.run(options.corpus, options.out, documents=options.documents, seed=options.seed, unknown=options.without)


def _calibrate(options: argparse.Namespace) -> int:
    from spamguard.train import calibrate  # scipy is needed here only

    files = [locate(file) for file in options.clean]
    return calibrate.run(_guard(options), files, rate=options.rate, confidence=options.confidence, out=options.out)


def _evaluate(options: argparse.Namespace) -> int:
    from spamguard.train import evaluate  # scipy is needed here only

    return evaluate.run(
        _guard(options), [locate(file) for file in options.gold], options.corpus,
        composed=options.composed, trial=options.trials, seed=options.seed, least=options.least,
        out=options.out, html=options.html,
    )  # fmt: skip
