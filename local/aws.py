"""The account on this machine: its data planes, which are a process, and clients for them."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from local.assembly import Place
from local.errors import LaptopError

KEYS: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "laptop",
    "AWS_SECRET_ACCESS_KEY": "laptop",
    "AWS_SESSION_TOKEN": "laptop",
}


class Aws:
    """The data planes, as a context. Nothing in it reads or reaches the caller's own account."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def __enter__(self) -> Self:
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            self.place = Place(endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}")
            self._process = self._serve(listener.fileno())
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # it holds nothing that is worth an orderly end
        self._process.communicate()

    @property
    def environment(self) -> dict[str, str]:
        """What a program of ours needs to reach this account, and no other."""
        return {
            **KEYS,
            "AWS_REGION": self.place.region,
            "AWS_DEFAULT_REGION": self.place.region,
            "AWS_ENDPOINT_URL": self.place.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def alive(self) -> bool:
        """Whether the data planes run."""
        return self._process.poll() is None

    def client(self, service: str, endpoint_url: str = "") -> Any:  # noqa: ANN401 - no common type
        """A boto3 client, of the data planes where no other address is given.

        It takes nothing from the caller's profile, proxy or environment.
        """
        # Imported late, because it takes as long as the data planes need to start.
        from botocore.config import Config  # noqa: PLC0415

        config = Config(
            connect_timeout=5,
            read_timeout=60,
            retries={"total_max_attempts": 1},
            max_pool_connections=50,
            proxies={},
        )
        url = endpoint_url or self.place.endpoint
        return self._session().client(service, endpoint_url=url, config=config)

    def _session(self) -> Any:  # noqa: ANN401 - so that `client` takes any service's name
        import boto3  # noqa: PLC0415 - as above
        import botocore.session  # noqa: PLC0415

        nowhere = (None, None, os.devnull, None)
        return boto3.Session(
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=KEYS["AWS_SESSION_TOKEN"],
            region_name=self.place.region,
            botocore_session=botocore.session.Session(
                session_vars={
                    "profile": (None, None, None, None),
                    "config_file": nowhere,
                    "credentials_file": nowhere,
                }
            ),
        )

    def _serve(self, listener: int) -> "subprocess.Popen[bytes]":
        project = Path(__file__).parent.parent
        with self._log.open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "local.data_planes", str(listener)],
                cwd=project,
                env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(project)}
                | self.environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[listener],
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise LaptopError where the data planes have ended."""
        if not self.alive:
            raise LaptopError(f"The AWS data planes (moto) have stopped: {self._log} says why.")
