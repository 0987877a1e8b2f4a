"""The event types that Marosa documents, in the order in which a document's life reaches them."""

from inlet.provider import EventType

CATALOGUE = {
    "DOCUMENT_STATUS_CHANGED": EventType(
        "The internal processing status of a document changed.", kind="document", rank=10
    ),
    "INVOICE_STATUS_CHANGED": EventType(
        "The external lifecycle status of an invoice changed.", kind="invoice", rank=10
    ),
}
