"""`make faults`: the fault proof, and what it has seen."""

if __name__ == "__main__":  # before the imports, in which Ctrl-C may be pressed already
    from inlet.cli import program

    program.run("tests.faults.__main__")

import argparse
import json
import os
import sys
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from tests.faults.catalogue import MUST_FIRE, RATES
from tests.faults.chance import Chance
from tests.faults.run import Outcome, run
from tests.faults.template import template

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-1",
}
SHOWN = 10
"""How many violations are shown."""


def main() -> int:
    """Run it; the exit code is 1 where the promise was broken, or a fault never happened."""
    parser = argparse.ArgumentParser(prog="make faults ARGS=…", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=10_000, help="how many are sent")
    parser.add_argument("--seed", type=int, default=1, help="a seed repeats a run exactly")
    parser.add_argument("--check-every", type=int, default=1000, help="in deliveries")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    asked = parser.parse_args()
    chance = Chance(asked.seed, RATES)
    with patch.dict(os.environ, KEYS):
        os.environ.pop("AWS_PROFILE", None)
        stack = template()
        outcome = run(stack, asked.seed, asked.deliveries, chance, asked.check_every)
    figures = figures_of(outcome, asked.seed)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n" if asked.json else table_of(figures))
    return 1 if figures["violations"] or figures["neverFired"] else 0


def figures_of(outcome: Outcome, seed: int) -> dict[str, Any]:
    """What came of a run, in numbers and names."""
    valid = [entry for entry in outcome.entries if entry.sending.is_valid]
    taken = sum(entry.is_taken for entry in valid)
    published = len(outcome.found.bus or ())
    identity = ("provider", "eventId", "contentHash")
    events = {tuple(one["metadata"][name] for name in identity) for one in outcome.found.bus or ()}
    fired = {fault: outcome.chance.fired[fault] for fault in sorted(MUST_FIRE)}
    return {
        "seed": seed,
        "deliveries": outcome.sent,
        "attempts": sum(len(entry.answers) for entry in outcome.entries),
        "valid": len(valid),
        "taken": taken,
        "share": round(taken / max(1, len(valid)), 4),
        "published": published,
        "duplicatesOnTheBus": published - len(events),
        "entries": sum(item["sk"] != "state" for item in outcome.found.timeline),
        "messages": len(outcome.found.attention or ()),
        "queued": len(outcome.found.queued),
        "deadLetters": len(outcome.found.dead_letters),
        "deadLettersInjected": len(outcome.injected.dead),
        "quarantined": len(outcome.found.quarantine),
        "refusedInjected": len(outcome.injected.refused),
        "faults": fired,
        "neverFired": [fault for fault, times in fired.items() if not times],
        "violations": [
            {"what": one.what, "about": one.about, "number": one.number}
            for one in outcome.violations
        ],
    }


NUMBERS = (
    ("attempts", "attempts of them"),
    ("valid", "of them are valid deliveries, copies included"),
    ("taken", "of those were answered 2xx in the end"),
    ("published", "events were put on the bus"),
    ("duplicatesOnTheBus", "of those for a second time"),
    ("entries", "entries are in the timeline"),
    ("messages", "messages went to humans"),
    ("queued", "events are still in a queue"),
    ("deadLettersInjected", "events were made dead letters"),
    ("deadLetters", "dead letters are left"),
    ("refusedInjected", "valid deliveries were refused by the bus on purpose"),
    ("quarantined", "bodies are in quarantine, with those that were wrong"),
)
"""What each figure counts."""


def table_of(figures: Mapping[str, Any]) -> str:
    """The figures for people."""
    counts = [(figures[name], what) for name, what in NUMBERS]
    broken = [f"{one['what']}: {one['about']} ({one['number']})" for one in figures["violations"]]
    blocks = [
        [f"{figures['deliveries']:,} deliveries, seed {figures['seed']}"],
        [f"{count:>8,}  {what}" for count, what in counts],
        [f"{times:>8,}  {fault}" for fault, times in figures["faults"].items()],
        [f"Never happened: {fault}" for fault in figures["neverFired"]],
        broken[:SHOWN],
        [f"{figures['share']:.2%} of what is valid was taken; {len(broken)} violations"],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
