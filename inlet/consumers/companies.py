"""Companies: taken on, validated, held, rejected, and their terminals."""

from inlet.consumers.consumer import UNKNOWN_VALUE, Attention, Consumer

COMPANIES = Consumer(
    name="companies",
    kinds=frozenset({"company", "terminal"}),
    attention=(
        Attention(
            types=frozenset({"COMPANY_REJECTED"}),
            sentence=(
                "{provider} rejected company {id}. The reason is in the event's comment: have the"
                " company mend it, then register it again."
            ),
        ),
        Attention(
            types=frozenset({"COMPANY_PUT_ON_HOLD"}),
            sentence=(
                "{provider} put company {id} on hold. Until that ends it may not be able to send"
                " or receive money: ask {provider} what is missing."
            ),
        ),
        Attention(
            types=frozenset({"COMPANY_REJECTED_BY_ACQUIRER", "TERMINAL_REJECTED_BY_ACQUIRER"}),
            sentence=(
                "The acquirer of card payments turned {id} down ({type}). It cannot take cards:"
                " ask {provider} for the reason."
            ),
        ),
        Attention(
            types=frozenset(
                {"COMPANY_CHANGED_INTEGRATOR", "COMPANY_CHANGED_TRUSTED_PAYMENT_INTEGRATOR"}
            ),
            sentence=(
                "Company {id} changed its integrator at {provider} ({type}). If that was not"
                " agreed with you, ask the company: you may hear nothing more of it."
            ),
        ),
        UNKNOWN_VALUE,
    ),
)
