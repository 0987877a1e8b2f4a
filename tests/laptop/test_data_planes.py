"""The data planes do one thing at a time, and follow a secret's current version."""

import threading
from typing import Any

from local.data_planes import one_at_a_time
from tests.conftest import Aws


def test_only_one_request_is_worked_on_at_a_time() -> None:
    at_work, most = 0, 0
    both = threading.Event()

    def application(*_: Any) -> list[bytes]:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        both.wait(0.05)
        at_work -= 1
        return []

    def most_of(target: str) -> int:
        nonlocal most
        most = 0
        environ = {"HTTP_X_AMZ_TARGET": target}
        locked = one_at_a_time(application)
        threads = [threading.Thread(target=locked, args=[environ, None]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return most

    assert most_of("DynamoDB_20120810.PutItem") == 1
    assert most_of("AmazonSQS.ReceiveMessage") == 3


def test_a_secrets_value_is_that_of_the_version_that_was_made_the_current_one(aws: Aws) -> None:
    client = aws("secretsmanager")
    old = client.create_secret(Name="a", SecretString="old")["VersionId"]
    new = client.put_secret_value(SecretId="a", SecretString="new", VersionStages=["AWSPENDING"])
    assert client.get_secret_value(SecretId="a")["SecretString"] == "old"
    client.update_secret_version_stage(
        SecretId="a",
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=old,
        MoveToVersionId=new["VersionId"],
    )
    assert client.get_secret_value(SecretId="a")["SecretString"] == "new"
    client.put_secret_value(SecretId="a", SecretString="newest")
    current = client.get_secret_value(SecretId="a", VersionStage="AWSCURRENT")
    assert current["SecretString"] == "newest"
