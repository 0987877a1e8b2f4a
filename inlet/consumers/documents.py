"""Documents: how far each has come in the provider's processing."""

from inlet.consumers.consumer import UNKNOWN_VALUE, Attention, Consumer

DOCUMENTS = Consumer(
    name="documents",
    kinds=frozenset({"document"}),
    status_field="currentStatus",
    attention=(
        Attention(
            field="currentStatus",
            values=frozenset({"ERROR"}),
            sentence=(
                "{provider} could not process document {id}. Open it at {provider}, see what is"
                " wrong with it, and send it again."
            ),
        ),
        Attention(
            field="currentStatus",
            values=frozenset({"PENDING_ACTION"}),
            sentence=(
                "Document {id} waits at {provider} for an action of yours. Open it there: it will"
                " not be processed until someone does."
            ),
        ),
        UNKNOWN_VALUE,
    ),
)
