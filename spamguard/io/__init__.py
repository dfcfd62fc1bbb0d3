"""Reading and writing corpora: files in, files out, nothing lost.

A file is read as rows (`rows`), by the reader of its format (`text`, `jsonl`, `delimited`, `parquet`; chosen in
`formats`) through its compression (`compression`). `run` cleans rows in chunks, writes them to growing part files
(`parts`), notes each chunk in a journal (`journal`) and counts what happened (`tally`). `restore` undoes it all.
"""
