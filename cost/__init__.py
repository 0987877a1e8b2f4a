"""What a stage costs, and how much it can take: `make cost` and `make capacity`."""

import infrastructure  # noqa: F401 - it chooses the Node of jsii, so it comes before aws_cdk
