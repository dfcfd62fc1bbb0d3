"""The exceptions spamguard raises on purpose. Every message names what was given, where, and what to do next."""


class SpamguardError(Exception):
    """Base of all errors of this package."""


class ModelError(SpamguardError):
    """A model cannot be loaded or does not fit this version."""


class CorpusError(SpamguardError):
    """A training or gold file is missing, broken or too small."""


class DataError(SpamguardError):
    """An input file cannot be read as what it claims to be."""
