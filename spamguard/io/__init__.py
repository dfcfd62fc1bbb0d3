"""Reading and writing corpora: files in, files out, nothing lost.

The way of a row: `formats` finds the inputs, `reading` takes them in chunks through their `compression`, the reader of a
format (`text`, `jsonl`, `delimited`, `parquet`; `raw` for HTML and archives, by `pages` and `hidden`) makes `rows` of them,
`run` has them cleaned by `workers`, a `target` writes them to growing `parts`, the `journal` notes what stands there, and
`tally` counts. `removed` keeps what is cut, and `restore` puts it back. `stores` reads and writes files elsewhere, and an
`outbox` sends there what is whole.
"""
