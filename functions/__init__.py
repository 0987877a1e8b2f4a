"""The Lambda functions, and nothing else."""

import gc
import os
from pathlib import Path

from functions import ahead
from functions.machine import check

if "AWS_LAMBDA_RUNTIME_API" in os.environ:  # in Lambda: everything is in a hurry now
    bundle = Path(__file__).parents[1]
    check(bundle / "runs-on.txt")
    ahead.take(bundle / "ahead.marshal")
    gc.disable()  # what is made at the start is made to stay
