"""``python -m spamguard.train`` is the command ``spamguard train``."""

import sys

from spamguard.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
