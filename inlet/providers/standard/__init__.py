"""Any sender that follows the Standard Webhooks specification: signed, and with its own event id.

Source: https://github.com/standard-webhooks/standard-webhooks
"""

from inlet.provider import UNRECOGNISED, Provider
from inlet.providers.standard.models import Message
from inlet.providers.standard.read import read
from inlet.providers.standard.setup import setup
from inlet.providers.standard.signature import ID_HEADERS, SIGNATURE

STANDARD = Provider(
    name="standard",
    # Whoever sends decides: a stage lists the types that it knows, in infrastructure/stages.py.
    catalogue={},
    models={UNRECOGNISED: Message},
    setup=setup,
    read=read,
    authentication=SIGNATURE,
    id_headers=ID_HEADERS,
)
