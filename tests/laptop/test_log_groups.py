"""Files are copied into log groups, a line an event."""

from pathlib import Path
from typing import Any

import pytest

from local import log_groups
from local.log_groups import LogGroups
from tests.support.aws import Aws


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(log_groups, "EVERY_SECONDS", 0)
    file = tmp_path / "Function.log"
    file.write_text("")
    return file


def append(file: Path, text: str) -> None:
    with file.open("a") as log:
        log.write(text)


def messages(logs: Any) -> list[str]:
    found = logs.filter_log_events(logGroupName="group")["events"]
    return [event["message"] for event in found]


def test_a_line_is_copied_once_it_is_whole(aws: Aws, file: Path) -> None:
    logs = aws("logs")
    groups = LogGroups(logs, {file: "group"})
    groups.follow()
    assert messages(logs) == []
    append(file, "one é\n\ntwo\nthr")
    groups.follow()
    assert messages(logs) == ["one é", "two"]
    append(file, "ee\n")
    groups.follow()
    groups.follow()
    assert messages(logs) == ["one é", "two", "three"]


def test_a_line_that_is_too_long_is_cut(
    aws: Aws, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_groups, "CHUNK", 4)
    logs = aws("logs")
    groups = LogGroups(logs, {file: "group"})
    append(file, "123456\n")
    groups.follow()
    groups.follow()
    assert messages(logs) == ["1234", "56"]


def test_a_log_group_may_be_there_already(aws: Aws, file: Path) -> None:
    logs = aws("logs")
    logs.create_log_group(logGroupName="group")
    append(file, "one\n")
    LogGroups(logs, {file: "group"}).follow()
    assert messages(logs) == ["one"]
