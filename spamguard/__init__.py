"""Finds and trims injected spam in scraped text: see `SpamGuard`."""

from spamguard.errors import SpamguardError
from spamguard.guard import SpamGuard
from spamguard.result import Reason, Result, Span

__version__ = "0.1.0"
__all__ = ["Reason", "Result", "SpamGuard", "SpamguardError", "Span", "__version__"]
