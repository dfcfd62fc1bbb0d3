"""Training and evaluation: ``python -m spamguard.train``. Needs scikit-learn; cleaning does not."""
