"""The added columns in Arrow's types, stated once: a batch without a cut would leave the type of its spans open.

Needs pyarrow, which every engine that uses this brings.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from spamguard.engines.cleaner import ADDED, Cleaner

_REASON = pa.struct(
    {"kind": pa.string(), "detail": pa.string(), "start": pa.int64(), "end": pa.int64(), "weight": pa.float64()}
)
_SPAN = pa.struct(
    {
        "start": pa.int64(),
        "end": pa.int64(),
        "label": pa.string(),
        "score": pa.float64(),
        "reasons": pa.list_(_REASON),
    }
)
TYPES: dict[str, Any] = {"verdict": pa.string(), "score": pa.float64(), "spans": pa.list_(_SPAN)}


def cleaned_schema(schema: Any) -> Any:
    """The schema of a cleaned table: the given one's fields, then the added ones."""
    kept = [field for field in schema if field.name not in ADDED]
    return pa.schema([*kept, *TYPES.items()])


def clean_table(table: Any, cleaner: Cleaner) -> Any:
    """A table with its text column cleaned and the three columns added."""
    columns = cleaner.columns(table[cleaner.column].to_pylist())
    schema = cleaned_schema(table.schema)
    arrays = [pa.array(columns[field.name], field.type) if field.name in columns else table[field.name] for field in schema]
    return pa.table(arrays, schema=schema)
