"""The tests of spamguard, laid out like the package."""
