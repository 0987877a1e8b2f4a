"""Persons: taken on, validated, held, rejected."""

from inlet.consumers.consumer import UNKNOWN_VALUE, Attention, Consumer

PERSONS = Consumer(
    name="persons",
    kinds=frozenset({"person"}),
    attention=(
        Attention(
            types=frozenset({"PERSON_REJECTED"}),
            sentence=(
                "{provider} rejected person {id}. The reason is in the event's comment: have the"
                " person mend it, then register them again."
            ),
        ),
        Attention(
            types=frozenset({"PERSON_PUT_ON_HOLD"}),
            sentence=(
                "{provider} put person {id} on hold. Ask {provider} what is missing: until it is"
                " there, the person cannot be validated."
            ),
        ),
        Attention(
            types=frozenset(
                {"PERSON_CHANGED_INTEGRATOR", "PERSON_CHANGED_TRUSTED_PAYMENT_INTEGRATOR"}
            ),
            sentence=(
                "Person {id} changed its integrator at {provider} ({type}). If that was not agreed"
                " with you, ask the person: you may hear nothing more of them."
            ),
        ),
        UNKNOWN_VALUE,
    ),
)
