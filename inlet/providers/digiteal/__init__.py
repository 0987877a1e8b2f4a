"""Digiteal, payments: one URL per type, because bodies carry neither an event id nor a type."""

from inlet.providers.digiteal.catalogue import CATALOGUE
from inlet.providers.digiteal.read import read
from inlet.providers.provider import Provider

DIGITEAL = Provider(name="digiteal", catalogue=CATALOGUE, read=read, type_in_path=True)
