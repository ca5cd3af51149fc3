import threading

import pytest
from sqlalchemy import Engine, delete, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from index.changes import changed_since, closed_since, newest_version
from index.database import reading, writing
from index.listing import Listing
from tests.index.builders import a_listing

_MOST = 100


def _write(engine: Engine, *listings: Listing) -> None:
    with writing(engine) as session:
        for listing in listings:
            session.merge(listing)


def _since(engine: Engine, version: int) -> dict[str, str | None]:
    with reading(engine) as session:
        found = changed_since(session, version, _MOST)
        assert found is not None
        return {key: None if listing is None else listing.name for key, listing in found.items()}


def _newest(engine: Engine) -> int:
    with reading(engine) as session:
        return newest_version(session)


def test_each_way_of_writing_a_listing_is_noticed(any_engine: Engine) -> None:
    assert (_newest(any_engine), _since(any_engine, 0)) == (0, {})
    _write(any_engine, a_listing(id="a"), a_listing(id="b"), a_listing(id="c"))
    assert _since(any_engine, 0) == {"a": "竹林人家", "b": "竹林人家", "c": "竹林人家"}
    before = _newest(any_engine)
    with writing(any_engine) as session:
        session.execute(update(Listing).where(col(Listing.id) == "a").values(name="茶园"))
        session.execute(update(Listing).where(col(Listing.id) == "b").values(closed=True))
        session.execute(delete(Listing).where(col(Listing.id) == "c"))
    assert _since(any_engine, before) == {"a": "茶园", "b": None, "c": None}
    assert _since(any_engine, _newest(any_engine)) == {}


def test_what_is_closed_is_told_until_it_opens_again(any_engine: Engine) -> None:
    _write(any_engine, *(a_listing(id=name, closed=name == "a") for name in "abc"))
    before = _newest(any_engine)

    def closed() -> frozenset[str]:
        with reading(any_engine) as session:
            return closed_since(session, before)

    assert closed() == set()  # "a" was closed before
    _write(any_engine, a_listing(id="b", closed=True))
    with writing(any_engine) as session:
        session.execute(delete(Listing).where(col(Listing.id) == "c"))
    assert closed() == {"b", "c"}
    _write(any_engine, a_listing(id="b"))
    assert closed() == {"c"}


def test_a_write_that_is_rolled_back_was_none(any_engine: Engine) -> None:
    _write(any_engine, a_listing(id="a"))
    before = _newest(any_engine)
    with pytest.raises(IntegrityError):
        _fail_halfway(any_engine)
    assert _newest(any_engine) == before


def _fail_halfway(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(text("UPDATE listing SET price = 1"))
        session.execute(text("UPDATE listing SET name = NULL"))


def test_more_changes_than_asked_for_are_not_read(any_engine: Engine) -> None:
    _write(any_engine, a_listing(id="a"), a_listing(id="b"))
    with reading(any_engine) as session:
        assert changed_since(session, 0, 1) is None
        assert changed_since(session, 0, 2) is not None


def test_versions_become_visible_in_their_order(any_engine: Engine) -> None:
    """A reader who saw a version has seen all before it, however many write at once."""
    _write(any_engine, *(a_listing(id=f"{writer}") for writer in range(4)))
    rounds, seen, done = 12, {}, threading.Event()

    def change(writer: int) -> None:
        for count in range(rounds):
            with writing(any_engine) as session:
                session.execute(
                    text("UPDATE listing SET name = :name WHERE id = :id"), {"name": str(count), "id": str(writer)}
                )

    def read() -> None:
        version, last = 0, False
        while not last:
            last = done.is_set()
            newest = _newest(any_engine)
            seen.update(_since(any_engine, version))
            version = newest

    threads = [threading.Thread(target=change, args=(writer,)) for writer in range(4)]
    reader = threading.Thread(target=read)
    for thread in (*threads, reader):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    assert seen == {str(writer): str(rounds - 1) for writer in range(4)}
