"""Parquet. Rows come in batches of a row group; the cleaned file keeps schema, metadata, row groups and compression.

While a file grows, its rows stand in the part file as Arrow streams, one a chunk, because a Parquet file has no meaning
before its end is written; `pack` turns them into Parquet.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from spamguard.errors import DataError, SpamguardError
from spamguard.io.parts import Checked, atomic
from spamguard.io.rows import DOMAIN_FIELDS, LANGUAGE_FIELDS, REPORT, Cut, Fields, Item, Row, Written, about
from spamguard.io.stores import Place

BATCH_BYTES = 1 << 20


class Parquet:
    """Reads and writes Parquet; see `TextFormat` for the parameters. The report is a struct column."""

    def __init__(self, fields: Fields, report: bool) -> None:
        self.fields = fields
        self.report = report
        self._earlier = False

    def rows(self, stream: IO[bytes]) -> Iterator[Row]:
        """Every row of the file; `raw` is a record batch of one row.

        Raises
        ------
        DataError
            If the file cannot be read, or lacks the text column.
        """
        with _readable():
            file = library("parquet").ParquetFile(stream)
            schema = file.schema_arrow
            self._check(schema)
            size = max(sum(file.metadata.row_group(g).total_byte_size for g in range(file.num_row_groups)), 1)
            at_once = min(max(file.metadata.num_rows * BATCH_BYTES // size, 1), 10_000)
        number = 0
        for group in range(file.num_row_groups):
            batches = file.iter_batches(batch_size=at_once, row_groups=[group])
            while True:
                with _readable():
                    batch = next(batches, None)
                if batch is None:
                    break
                for row in self._rows_of(batch, number):
                    number = row.number
                    yield row

    @property
    def adds_report(self) -> bool:
        """Whether the cleaned file gains the report column (a file that was cleaned before has it)."""
        return self.report and not self._earlier

    def write(self, items: Sequence[Item]) -> Written:
        """The rows as an Arrow stream."""
        arrow = library()
        kept = [item for item in items if not item.dropped]
        if not kept:
            return Written(b"")
        table = arrow.Table.from_batches([item.row.raw for item in kept]).combine_chunks()
        if any(item.result and item.result.spans for item in kept):
            table = replace_texts(table, self.fields.text, [item.result.text if item.result else None for item in kept])
        if self.adds_report:
            reports = [item.result.to_dict() if item.result else None for item in kept]
            table = table.append_column(REPORT, arrow.array(reports, report_type()))
        sink = arrow.BufferOutputStream()
        with arrow.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        cuts = (
            Cut(item.row, span, text)
            for item in kept
            if item.result
            for span, text in zip(item.result.spans, item.result.removed, strict=True)
        )
        return Written(sink.getvalue().to_pybytes(), tuple(cuts))

    def _check(self, schema: Any) -> None:
        for name in filter(None, (self.fields.text, self.fields.id)):
            if _type_of(schema, name) is None:
                raise DataError(f"no column {name!r}; it has {schema.names}: name the column with --field or --id-field")
        kind = _type_of(schema, self.fields.text)
        types = library().types
        if not (types.is_string(kind) or types.is_large_string(kind)):
            raise DataError(f"column {self.fields.text!r} holds {kind}, wanted strings: name another with --field")
        self._earlier = REPORT in schema.names
        if self._earlier and self.report and schema.field(REPORT).type != report_type():
            raise DataError(f"there is a column {REPORT!r} that is not of spamguard: rename it, or use --report-beside")

    def _rows_of(self, batch: Any, number: int) -> Iterator[Row]:
        texts = _column(batch, self.fields.text).cast(library().large_binary())
        ids = _column(batch, self.fields.id).to_pylist() if self.fields.id else None
        wanted = [
            name
            for name, kind in zip(batch.schema.names, batch.schema.types, strict=True)
            if library().types.is_string(kind) and name != self.fields.text and name in (*LANGUAGE_FIELDS, *DOMAIN_FIELDS)
        ]
        facts = batch.select(wanted).to_pylist()
        earlier = batch.column(REPORT).is_valid().to_pylist() if self._earlier else [False] * len(batch)
        for place, raw in enumerate(texts):
            number += 1
            row = batch.slice(place, 1)
            value = raw.as_py()
            try:
                text = None if value is None or earlier[place] else value.decode("utf-8")
            except UnicodeDecodeError as error:
                yield Row(number, row, problem=f"not UTF-8 ({error}): decode it as what it is and write the file again")
                continue
            name = None if ids is None or ids[place] is None else str(ids[place])
            yield Row(number, row, text, name, *about(facts[place]), earlier=earlier[place])


def library(part: str = "") -> Any:
    """pyarrow, or one of its modules."""
    try:
        import pyarrow  # an extra, and slow to import
        import pyarrow.parquet
    except ImportError:
        raise SpamguardError("reading and writing Parquet needs pyarrow: pip install 'spamguard[parquet]'") from None
    return getattr(pyarrow, part) if part else pyarrow


def report_type() -> Any:
    """The type of the report column: `Result.to_dict` as a struct."""
    arrow = library()
    place = [("start", arrow.int64()), ("end", arrow.int64())]
    reason = arrow.struct([("kind", arrow.string()), ("detail", arrow.string()), *place, ("weight", arrow.float64())])
    span = arrow.struct([*place, ("label", arrow.string()), ("score", arrow.float64()), ("reasons", _list(reason))])
    return arrow.struct(
        [
            ("verdict", arrow.string()),
            ("score", arrow.float64()),
            ("labels", _list(arrow.string())),
            ("spans", _list(span)),
        ]
    )


def _list(kind: Any) -> Any:
    """A list type as Parquet names its parts, so that it reads as it was written."""
    return library().list_(library().field("element", kind))


def layout(metadata: Any) -> dict[str, Any]:
    """How a Parquet file is written: what a writer must be told to write its like."""
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    columns = [groups[0].column(number) for number in range(metadata.num_columns)] if groups else []
    return {
        "groups": [group.num_rows for group in groups],
        "version": metadata.format_version,
        "compression": {column.path_in_schema: column.compression for column in columns},
        "dictionary": [c.path_in_schema for c in columns if {"PLAIN_DICTIONARY", "RLE_DICTIONARY"} & set(c.encodings)],
        "statistics": any(column.is_stats_set for column in columns),
    }


def write_like(batches: Iterator[Any], schema: Any, like: dict[str, Any], sink: Any) -> None:
    """Write record batches as a Parquet file with a given `layout`."""
    options: dict[str, Any] = {
        "version": like["version"],
        "compression": {c: "NONE" if name == "UNCOMPRESSED" else name for c, name in like["compression"].items()},
        "use_dictionary": like["dictionary"] or False,
        "write_statistics": like["statistics"],
    }
    if not any(like["groups"]):  # without rows, the file does not show how it would be written
        options = {"version": like["version"]}
    arrow = library()
    with library("parquet").ParquetWriter(sink, schema, **options) as writer:
        sizes = iter(like["groups"])
        size = next(sizes, None)
        held: list[Any] = []
        rows = 0
        for batch in batches:
            while size is not None and rows + len(batch) >= size:
                held.append(batch.slice(0, size - rows))
                writer.write_table(arrow.Table.from_batches(held, schema).combine_chunks(), row_group_size=max(size, 1))
                batch = batch.slice(size - rows)
                held, rows, size = [], 0, next(sizes, None)
            held.append(batch)
            rows += len(batch)
        if size == 0:  # a file without rows may have a row group all the same
            writer.write_table(schema.empty_table())
        elif rows:
            writer.write_table(arrow.Table.from_batches(held, schema).combine_chunks(), row_group_size=rows)


def pack(original: Place, report: bool, part: Path, sink: IO[bytes]) -> None:
    """Turn the Arrow streams of a part file into a Parquet file laid out like the original."""
    with original.open("rb") as raw:
        file = library("parquet").ParquetFile(raw)
        like, schema = layout(file.metadata), file.schema_arrow
    if report and REPORT not in schema.names:
        field = library().field(REPORT, report_type())
        schema = schema.append(field)
        paths = _leaves(field)
        codec = next(iter(like["compression"].values()), "SNAPPY")
        like["compression"] |= dict.fromkeys(paths, codec)
        like["dictionary"] += paths
    write_like(_streams(part), schema, like, sink)


def way_back(original: Place, changed: bool, keep: Path) -> dict[str, Any]:
    """What `put_back` needs to write a file again, byte for byte.

    Parameters
    ----------
    original : Path or Remote
    changed : bool
        Rows are missing in the cleaned file, which then is not enough to go back.
    keep : Path
        Where the original is kept if the library would not write the same bytes: another program wrote it.
    """
    wanted = Checked()
    with original.open("rb") as raw:
        while block := raw.read(BATCH_BYTES):
            wanted.write(block)
        line = {"bytes": wanted.size, "crc32": wanted.crc}
        if not changed:
            again = Checked()
            file = library("parquet").ParquetFile(raw)
            like = layout(file.metadata)
            write_like(_batches(file), file.schema_arrow, like, again)
            if (again.size, again.crc) == (wanted.size, wanted.crc):
                return {**line, "layout": like, "pyarrow": library().__version__}
        raw.seek(0)
        with atomic(keep) as copy:
            shutil.copyfileobj(raw, copy)
    return {**line, "original": True}


def put_back(
    cleaned: IO[bytes], cuts: Iterator[dict[str, Any]], like: dict[str, Any], text: str, report: bool, sink: Any
) -> None:
    """Write the original of a cleaned file.

    Parameters
    ----------
    cleaned : binary file
    cuts : iterator of dict
        The cut lines of the removed file for it, in order.
    like : dict
        Layout of the original.
    text : str
        Name of the text column.
    report : bool
        Whether the cleaned file has gained the report column.
    sink : binary file
    """
    file = library("parquet").ParquetFile(cleaned)
    schema = file.schema_arrow
    if report:
        schema = schema.remove(schema.get_field_index(REPORT))
    write_like(_uncut(_batches(file), cuts, text, schema), schema, like, sink)


def _batches(file: Any) -> Iterator[Any]:
    """The record batches of a Parquet file, by row groups."""
    for group in range(file.num_row_groups):
        yield from file.read_row_group(group).to_batches()


def _uncut(batches: Iterator[Any], cuts: Iterator[dict[str, Any]], text: str, schema: Any) -> Iterator[Any]:
    """The batches with cut stretches back in their places, less the columns that the schema lacks."""
    arrow = library()
    cut = next(cuts, None)
    number = 0
    for batch in batches:
        table = arrow.Table.from_batches([batch]).select(schema.names)
        places: dict[int, list[dict[str, Any]]] = {}
        while cut is not None and cut["row"] <= number + len(batch):
            places.setdefault(cut["row"] - number - 1, []).append(cut)
            cut = next(cuts, None)
        number += len(batch)
        if places:
            spelled = _column(batch, text).cast(arrow.large_binary())  # other rows may hold what is not UTF-8
            texts: list[str | None] = [None] * len(batch)
            for place, of_place in places.items():
                texts[place] = uncut(spelled[place].as_py().decode(), of_place)
            table = replace_texts(table, text, texts)
        yield from table.combine_chunks().to_batches()


def uncut(kept: str, cuts: Sequence[dict[str, Any]]) -> str:
    """A text with its cut stretches back in.

    >>> uncut("News.", [{"start": 0, "text": "slot "}, {"start": 10, "text": " gacor"}])
    'slot News. gacor'
    """
    pieces: list[str] = []
    taken = at = 0  # code points of the kept text, and of the original
    for cut in cuts:
        step = cut["start"] - at
        pieces += (kept[taken : taken + step], cut["text"])
        taken += step
        at = cut["start"] + len(cut["text"])
    return "".join((*pieces, kept[taken:]))


def replace_texts(table: Any, path: str, texts: Sequence[str | None]) -> Any:
    """The table with texts in a column, by its dotted name; None leaves a value as it is."""
    top, *below = path.split(".")
    column = table.column(top).combine_chunks()
    column = column.chunk(0) if hasattr(column, "chunk") else column
    at = table.schema.get_field_index(top)
    return table.set_column(at, table.schema.field(at), _with_texts(column, below, texts))


def _streams(part: Path) -> Iterator[Any]:
    """The record batches of all Arrow streams of a part file."""
    arrow = library()
    with arrow.OSFile(str(part), "rb") as file:
        end = file.size()
        while file.tell() < end:
            yield from arrow.ipc.open_stream(file)


def _leaves(field: Any) -> list[str]:
    """Names of the Parquet columns of a field."""
    sink = io.BytesIO()
    library("parquet").write_table(library().schema([field]).empty_table(), sink)
    columns = library("parquet").read_metadata(sink).schema
    return [columns.column(number).path for number in range(len(columns))]


@contextmanager
def _readable() -> Iterator[None]:
    """Errors of the library as errors of the file."""
    try:
        yield
    except (library().ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DataError(
            f"not a whole Parquet file ({str(error).splitlines()[0]}): fetch it again; what could be read was cleaned"
        ) from None


def _type_of(schema: Any, path: str) -> Any:
    """The type of a column by its dotted name; None if there is none."""
    top, *below = path.split(".")
    if top not in schema.names:
        return None
    kind = schema.field(top).type
    for name in below:
        if not library().types.is_struct(kind) or kind.get_field_index(name) < 0:
            return None
        kind = kind.field(name).type
    return kind


def _column(batch: Any, path: str) -> Any:
    from pyarrow import compute  # slow to import

    top, *below = path.split(".")
    return compute.struct_field(batch.column(top), below) if below else batch.column(top)


def _with_texts(column: Any, below: Sequence[str], texts: Sequence[str | None]) -> Any:
    """The column with texts in place of its values; None leaves a value as it is."""
    arrow = library()
    if not below:
        spelled = arrow.large_binary() if arrow.types.is_large_string(column.type) else arrow.binary()
        old = column.view(spelled).to_pylist()  # as bytes: what is not UTF-8 passes through
        new = [value if text is None else text.encode() for text, value in zip(texts, old, strict=True)]
        return arrow.array(new, spelled).view(column.type)
    place = column.type.get_field_index(below[0])
    children = [column.field(number) for number in range(column.type.num_fields)]
    children[place] = _with_texts(children[place], below[1:], texts)
    return arrow.StructArray.from_arrays(children, fields=list(column.type), mask=column.is_null())
