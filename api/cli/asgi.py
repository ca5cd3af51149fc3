"""The application as each of several worker processes makes it, from the settings in the environment."""

from fastapi import FastAPI

from api.app import create_app
from api.container import Container
from index.settings import Settings


def make_app() -> FastAPI:
    """Return the application."""
    return create_app(Container(Settings.load()))
