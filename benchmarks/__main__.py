"""`make bench`: what Inlet costs, as medians and as ratios to the baseline in the same run."""

if __name__ == "__main__":  # before the imports, in which Ctrl-C may be pressed already
    from inlet.cli.program import run

    run("benchmarks.__main__")

import argparse
import random
import sys
import tempfile
import zipfile
from pathlib import Path

from benchmarks.candidates import (
    PROJECT,
    SECRET,
    Candidate,
    baseline,
    ingest,
    unhurried,
    variables_of_lambda,
)
from benchmarks.certificates import make_certificates
from benchmarks.growth import batch_figures, catalogue_figures, timeline_figures
from benchmarks.measured import (
    Figures,
    Laboratory,
    ingest_figures,
    interpreter_figures,
    large_body_figures,
    medians,
    restore_figures,
)
from benchmarks.meters import CPU, Meter, callgrind
from benchmarks.stub import Stub
from infrastructure.bundle import Builder
from local.environments import Runtime

TARGETS = {
    "start-up and first invoke": 0.60,
    "first invoke": 0.06,
    "warm": 0.38,
    "duplicate": 0.48,
    "peak memory (MB)": 0.65,
}
"""The ratios to the baseline that the ingest function is held to, in instructions."""

IN_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""What Lambda's runtime brings, so that a bundle may leave it out."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--runs", type=int, help="how often each is started; 15, or 1 of callgrind")
    parser.add_argument("--callgrind", action="store_true", help="count instructions instead")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        meter = callgrind(folder) if arguments.callgrind else CPU
        try:
            _compare(folder, meter, arguments.runs or (1 if arguments.callgrind else 15))
        except LookupError as error:
            sys.exit(str(error.args[0]))


def _compare(folder: Path, meter: Meter, runs: int) -> None:
    """The ingest function beside the baseline, started by turns in a random order."""
    certificates = make_certificates(folder)
    builder = Builder(project=PROJECT, bundles=PROJECT / "build" / "bundles")
    runtime = Runtime(folder / "runtime")
    runtime.lay_out()
    ours = unhurried(ingest(builder), runtime.folder)
    candidates = [baseline(builder, folder / "baseline"), ours]
    figures: dict[str, list[Figures]] = {one.name: [] for one in candidates}
    bare: list[Figures] = []
    with Stub(certificates, SECRET) as stub:
        variables = variables_of_lambda(stub.urls, certificates)
        laboratory = Laboratory(stub, variables, runtime.folder, folder / "log", meter)
        for _ in range(runs):
            bare.append(interpreter_figures(meter))
            for candidate in random.sample(candidates, len(candidates)):
                figures[candidate.name].append(ingest_figures(candidate, laboratory))
        others: Figures = {}
        if meter is CPU:  # of instructions, ten thousand entries are an hour
            for measure in (
                restore_figures,
                large_body_figures,
                batch_figures,
                timeline_figures,
                catalogue_figures,
            ):
                others |= medians([measure(builder, laboratory) for _ in range(3)])
    its_medians, our_medians = (
        medians(figures[one.name]) | {"bundle, zipped (MB)": _zipped(one, folder)}
        for one in candidates
    )
    python = sys.version.split()[0]
    print(f"Medians of {runs} runs on Python {python}, in {meter.unit} unless said otherwise.\n")
    _print(our_medians, its_medians)
    bare_is = medians(bare)["start-up"]
    print(
        f"\nA bare interpreter takes {bare_is:.1f}: the baseline's start-up is"
        f" {its_medians['start-up'] / bare_is:.0f} of it, and its first invoke"
        f" {its_medians['first invoke'] / bare_is:.1f}. Without what Lambda's runtime brings, its"
        f" bundle has {_zipped(candidates[0], folder, without=IN_RUNTIME):.1f} MB, zipped."
    )

    if others:
        print("\n| besides | inlet |\n|---|---:|")
        for name, used in others.items():
            print(f"| {name} | {used:.1f} |")


def _zipped(candidate: Candidate, folder: Path, without: tuple[str, ...] = ()) -> float:
    """How large a bundle is as the zip file that is deployed, in MB, without some packages."""
    file = folder / f"{candidate.name}.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(candidate.bundle.rglob("*")):
            name = str(path.relative_to(candidate.bundle))
            if not name.startswith(without):
                archive.write(path, name)
    return file.stat().st_size / 1_000_000


def _print(ours: Figures, theirs: Figures) -> None:
    print("| the ingest function | baseline | inlet | ratio | at most |")
    print("|---|---:|---:|---:|---:|")
    for name, its in theirs.items():
        target = f"{TARGETS[name]:.2f}" if name in TARGETS else ""
        print(f"| {name} | {its:.1f} | {ours[name]:.1f} | {ours[name] / its:.2f} | {target} |")
