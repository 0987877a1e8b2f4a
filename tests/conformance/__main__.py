"""`make conformance`: play the suite at a door, and print the report."""

if __name__ == "__main__":  # before the imports, in which Ctrl-C may be pressed already
    from inlet.cli.program import run

    run("tests.conformance.__main__")

import argparse
from pathlib import Path

import httpx
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from inlet.operations.deployment import laptop, stage
from inlet.operations.errors import OperationError
from tests.conformance.suite import results
from tests.conformance.target import Target
from tests.conformance.targets import of_deployment, of_file, of_laptop

COLOURS = {"pass": "green", "fail": "red", "skip": "yellow"}


def main() -> int:
    """Play all scenarios; 1 where one failed, 2 where none can be played."""
    progress = Console(stderr=True)
    try:
        target = _target()
        _knock(target)
    except OperationError as error:
        progress.print(f"conformance: {error}")
        return 2
    table = Table("scenario", "expected", "what came", "", title=target.url)
    failed = False
    for result in results(target):
        progress.print(f"{result.verdict}  {result.scenario.name}")
        failed |= result.verdict == "fail"
        verdict = f"[{COLOURS[result.verdict]}]{result.verdict}"
        table.add_row(result.scenario.name, result.scenario.expected, escape(result.came), verdict)
    Console().print(table)
    return int(failed)


def _knock(target: Target) -> None:
    """See whether anybody is there, once, instead of in each scenario."""
    try:
        httpx.get(target.url, timeout=10)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise OperationError(f"{target.url} cannot be reached: {error}.") from None


def _target() -> Target:
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument("--url", help="the address of a door; the laptop run's where there is none")
    parser.add_argument("--secrets", type=Path, help="a file with the secrets of its providers")
    parser.add_argument("--stage", help="a deployed stage, to take secrets and timelines from")
    asked = parser.parse_args()
    if asked.secrets:
        if not asked.url:
            parser.error("--secrets goes with --url")
        return of_file(asked.url, asked.secrets)
    if asked.stage:
        return of_deployment(stage(asked.stage), asked.url, None)
    if asked.url:
        return of_deployment(laptop(), asked.url, None)
    return of_laptop(laptop(), Path.cwd())
