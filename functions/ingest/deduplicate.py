"""Deduplicate: make a delivery count once, with Powertools' idempotency on DynamoDB."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)

from functions.ingest.claims import Claims
from inlet.content_hash import same_content
from inlet.delivery import Delivery
from inlet.refusals import IdReused, Unavailable
from inlet.remembered import KEY_PREFIX, Remembered

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from types_boto3_dynamodb import DynamoDBClient


ID_REUSED = "This event id was used before, for another body. Send a new event with a new id."


class Deliveries:
    """The table of deliveries that were seen, each known by provider and event id."""

    def __init__(
        self, client: "DynamoDBClient", table: str, *, remember_days: int, remember_in_memory: int
    ) -> None:
        self._claims = Claims(client, table)
        self._config = IdempotencyConfig(
            event_key_jmespath="key",
            raise_on_no_idempotency_key=True,
            expires_after_seconds=int(timedelta(days=remember_days).total_seconds()),
            use_local_cache=remember_in_memory > 0,
            local_cache_max_items=remember_in_memory,
            hash_function="sha256",
        )

    def once(
        self, delivery: Delivery, act: Callable[[Delivery], None], context: "LambdaContext"
    ) -> bool:
        """Act on a delivery unless that was done before; whether it was done now.

        Once `act` has returned, the answer is True, even where that cannot be remembered: the
        next attempt acts again then, and consumers are safe under it. Raises IdReused,
        Unavailable where the delivery is in progress elsewhere or the table cannot be used, and the
        exceptions of `act`, after which the delivery may be sent again.
        """
        acted = False
        content_hash = delivery.metadata.content_hash

        def first_time(*, claim: dict[str, Any]) -> dict[str, Any]:
            nonlocal acted
            act(delivery)
            acted = True
            metadata = delivery.metadata
            return Remembered(
                key=claim["key"],
                content_hash=content_hash,
                received_at=metadata.received_at,
                subject=metadata.subject,
            ).model_dump(by_alias=True)

        # Until when a claim holds that this run leaves behind if it dies.
        self._config.register_lambda_context(context)
        self._claims.begin(content_hash)
        run = idempotent_function(
            first_time,
            data_keyword_argument="claim",
            config=self._config,
            persistence_store=self._claims,
            key_prefix=KEY_PREFIX,
        )
        try:
            known = run(claim={"key": delivery.key})
        except IdempotencyValidationError as error:
            raise IdReused(ID_REUSED) from error
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError) as error:
            raise Unavailable("A delivery with this event id is in progress.") from error
        except IdempotencyPersistenceLayerError as error:
            if not acted:
                raise Unavailable("The idempotency store is unavailable. Retry later.") from error
            return True
        if not acted and not same_content(known.get("contentHash"), content_hash):
            raise IdReused(ID_REUSED)
        return acted
