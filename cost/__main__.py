"""What a stage costs: `python -m cost --stage dev`."""

if __name__ == "__main__":  # before the imports, in which Ctrl-C may be pressed already
    from inlet.cli.program import run

    run("cost.__main__")

import argparse
import json
import sys

from cost.bill import bill
from cost.changes import changes, free
from cost.report import as_json, for_people
from cost.synthesis import template
from infrastructure.mistakes import Mistake
from infrastructure.stages import stage_named


def main() -> None:
    """Print what a stage costs, and what its values change."""
    try:
        _print_cost()
    except Mistake as mistake:
        sys.exit(str(mistake))


def _print_cost() -> None:
    parser = argparse.ArgumentParser(prog="make cost", description=__doc__)
    parser.add_argument("--stage", default="dev")
    parser.add_argument("--json", action="store_true", help="for programs")
    asked = parser.parse_args()
    stage = stage_named(asked.stage, bundle="lambda")
    found = bill(template(stage))
    others = list(changes(stage, found))
    if asked.json:
        sys.stdout.write(json.dumps(as_json(stage.name, found, others), indent=2) + "\n")
    else:
        sys.stdout.write(for_people(stage.name, found, others, free(stage)) + "\n")
