"""Listing: what is in a bundle, for people who must know: `python -m infrastructure.listing`."""

from email.parser import Parser
from pathlib import Path

from infrastructure.bundle import Builder, for_host
from infrastructure.distributions import STAND_INS, UNUSED

HEAD = """# What is in the bundle

`python -m infrastructure.listing` prints this page. The functions run from one bundle: their own
sources, `inlet` without its commands, and of these distributions what the functions use, as wheels
of the hashes in `requirements/lambda.txt`. Their licences are in the bundle. Besides, `runs-on.txt`
has the Python version and architecture of the bundle. Where a
stage has event types of its own, `stage-types.json` lists them
([why](../decisions/0034-deploy-the-types-of-a-stage-as-a-file.md)).

| distribution | version | licence | files of it |
|---|---|---|---|
"""


def listing(bundle: Path) -> str:
    """The page on a bundle."""
    rows = [_row(folder) for folder in sorted(bundle.glob("*.dist-info"))]
    stand_ins = sorted(str(file.relative_to(STAND_INS)) for file in STAND_INS.rglob("*.py"))
    parts = [
        HEAD + "\n".join(rows),
        "## Left out\n\n" + "\n".join(f"* `{name}`" for name in UNUSED),
        "## Stood in for\n\n" + "\n".join(f"* `{name}`" for name in stand_ins),
    ]
    return "\n\n".join(parts) + "\n"


def _row(folder: Path) -> str:
    metadata = Parser().parsestr((folder / "METADATA").read_text(), headersonly=True)
    licence = metadata["License-Expression"] or metadata["License"]
    texts = sorted(
        str(file.relative_to(folder.parent))
        for file in folder.rglob("*")
        if file.is_file() and file.name.upper().startswith(("LICEN", "NOTICE", "COPYING"))
    )
    files = ", ".join(f"`{text.partition('/')[2]}`" for text in texts)
    return f"| {metadata['Name']} | {metadata['Version']} | {licence} | {files} |"


if __name__ == "__main__":
    project = Path(__file__).parents[1]
    builder = Builder(project=project, bundles=project / "build" / "bundles")
    print(listing(builder.build(for_host())), end="")  # noqa: T201 - what it is for
