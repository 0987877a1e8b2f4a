"""The Lambda functions, and nothing else."""

import gc
import os

if "AWS_LAMBDA_RUNTIME_API" in os.environ:  # in Lambda: everything is in a hurry now
    gc.disable()  # what is made at the start is made to stay
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # there are none, and they are looked for
