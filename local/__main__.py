"""`python -m local`, which `make run` calls."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - who has an older one shall read a sentence
    sys.exit("inlet: Python 3.11 or later is needed; `make run PYTHON=…` says which one to use.")

from inlet.cli.program import run

if __name__ == "__main__":
    run("local.command")
