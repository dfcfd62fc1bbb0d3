"""Reading and writing corpora: files in, files out, nothing lost."""
