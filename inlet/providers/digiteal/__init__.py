"""Digiteal, payments and what goes with them.

One URL per type, because its bodies carry neither an event id nor a type.
"""

from inlet.provider import Provider
from inlet.providers.digiteal.catalogue import CATALOGUE
from inlet.providers.digiteal.models import MODELS
from inlet.providers.digiteal.read import read
from inlet.providers.digiteal.setup import setup

DIGITEAL = Provider(
    name="digiteal",
    catalogue=CATALOGUE,
    models=MODELS,
    setup=setup,
    read=read,
    type_in_path=True,
    derives_event_ids=True,
)
