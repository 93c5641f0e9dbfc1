"""carbonlearn: study credited honestly, examinations on fixed dates, certificates that anyone can check."""

__version__ = "0.1.0"
