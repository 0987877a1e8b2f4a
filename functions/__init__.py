"""The Lambda functions, and nothing else."""

import gc
import os
from pathlib import Path

from functions.machine import check

if "AWS_LAMBDA_RUNTIME_API" in os.environ:  # in Lambda: everything is in a hurry now
    check(Path(__file__).parents[1] / "runs-on.txt")
    gc.disable()  # what is made at the start is made to stay
