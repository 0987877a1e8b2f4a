"""Documents: how far each has come in the provider's processing, or over Peppol."""

from inlet.canary import KIND as CANARY
from inlet.consumers.consumer import UNKNOWN_VALUE, Attention, Consumer

DOCUMENTS = Consumer(
    name="documents",
    kinds=frozenset({"document", CANARY}),  # a canary shows that one of those at work works
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
        Attention(
            types=frozenset({"PEPPOL_SEND_PROCESSING_OUTCOME"}),
            field="status",
            values=frozenset(
                {
                    "RECIPIENT_NOT_IN_PEPPOL",
                    "PARTICIPANT_NOT_REGISTERED_TO_CALLER",
                    "FAILED_TO_PRODUCE_SBDH",
                    "DUPLICATED_DOCUMENT",
                    "TECHNICAL_ERROR",
                    "RECIPIENT_AP_UNAVAILABLE",
                    "DIGITEAL_AP_ERROR",
                }
            ),
            sentence=(
                "Document {id} was not sent over Peppol ({value}). Mend what is wrong and send it"
                " again, or send it in another way."
            ),
        ),
        Attention(
            types=frozenset({"PEPPOL_FUTURE_VALIDATION_FAILED"}),
            sentence=(
                "A document that arrived over Peppol would fail the validation rules to come. Its"
                " error is in the event: tell the sender before the rules change."
            ),
        ),
        UNKNOWN_VALUE,
    ),
)
