"""Marosa, e-invoicing: one URL, and bodies that name their type and id themselves."""

from inlet.provider import UNRECOGNISED, Provider
from inlet.providers.marosa.catalogue import CATALOGUE
from inlet.providers.marosa.models import Notification
from inlet.providers.marosa.read import read
from inlet.providers.marosa.setup import setup

MAROSA = Provider(
    name="marosa",
    catalogue=CATALOGUE,
    models={"document": Notification, "invoice": Notification, UNRECOGNISED: Notification},
    setup=setup,
    read=read,
)
