"""Deduplicate: make a delivery count once, with Powertools' idempotency on DynamoDB."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)
from botocore.exceptions import ClientError

from inlet.delivery import Delivery
from inlet.refusals import IdReused, Unavailable
from inlet.remembered import KEY_PREFIX, Remembered

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from types_boto3_dynamodb import DynamoDBClient


class Deliveries:
    """The table of deliveries that were seen, each known by provider and event id."""

    def __init__(
        self, client: "DynamoDBClient", table: str, *, remember_days: int, remember_in_memory: int
    ) -> None:
        self._store = DynamoDBPersistenceLayer(table_name=table, boto3_client=client)
        self._config = IdempotencyConfig(
            event_key_jmespath="key",
            payload_validation_jmespath="body",
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
        Unavailable where the delivery is in progress elsewhere or nobody knows, and what `act`
        raises, which is forgotten so that the delivery can come again.
        """
        acted = False

        def first_time(*, claim: dict[str, Any]) -> dict[str, Any]:
            nonlocal acted
            act(delivery)
            acted = True
            metadata = delivery.metadata
            return Remembered(
                key=claim["key"], received_at=metadata.received_at, subject=metadata.subject
            ).model_dump(by_alias=True)

        # Until when a claim holds that this run leaves behind if it dies.
        self._config.register_lambda_context(context)
        run = idempotent_function(
            first_time,
            data_keyword_argument="claim",
            config=self._config,
            persistence_store=self._store,
            key_prefix=KEY_PREFIX,
        )
        try:
            # With the type: where the path carries it, a body can come under two.
            body = [delivery.metadata.event_type, delivery.document.canonical]
            run(claim={"key": delivery.key, "body": body})
        except IdempotencyValidationError as error:
            if _in_progress(error):
                raise Unavailable("Another body with this event id is in progress.") from error
            raise IdReused(
                "This event id was used before, for another body. Send a new event with a new id."
            ) from error
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError) as error:
            raise Unavailable("The same delivery is in progress.") from error
        except IdempotencyPersistenceLayerError as error:
            if not acted:
                raise Unavailable("Deliveries cannot be told apart at the moment.") from error
        return acted


def _in_progress(error: IdempotencyValidationError) -> bool:
    """Whether the body that this one differs from has not been published yet, and may never be."""
    cause = error.__cause__
    item: Any = cause.response.get("Item", {}) if isinstance(cause, ClientError) else {}
    return bool(item.get("status", {}).get("S") == "INPROGRESS")
