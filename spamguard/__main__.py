"""``python -m spamguard`` is the command ``spamguard``."""

import sys

from spamguard.cli import main

if __name__ == "__main__":
    sys.exit(main())
