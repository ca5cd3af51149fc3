"""What a process that serves alone does with what it has loaded."""

import gc

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from tests.api.builders import Served

pytestmark = pytest.mark.one_database("sqlite", "of a process and its memory, which no database bears on")


@pytest.mark.parametrize("alone", [True, False])
def test_only_a_process_of_its_own_keeps_what_it_loaded_out_of_collections(served: Served, *, alone: bool) -> None:
    container = served.container
    try:
        with TestClient(create_app(container, alone=alone)):
            with container.loading:  # held while the index is being loaded
                pass
            frozen = gc.get_freeze_count()
    finally:
        gc.unfreeze()

    assert container.is_loaded
    assert (frozen > 0) is alone
