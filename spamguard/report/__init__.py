"""Views of a result for people."""
