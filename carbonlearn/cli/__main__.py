"""``python -m carbonlearn.cli``: the same program, without the installed script."""

from carbonlearn.cli import main

main()
