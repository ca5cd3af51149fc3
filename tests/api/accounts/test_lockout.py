from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from api import accounts
from api.accounts.lockout import OF_ADDRESS, OF_LOGIN, OF_PAIR, count_wrong, ensure_open, forgive
from api.errors import TooManyTries
from index.database import writing
from tests.api.accounts.builders import NOW, PASSWORD, add_login


def _wrong(engine: Engine, login: str, origin: str, times: int) -> None:
    with writing(engine) as session:
        for _ in range(times):
            count_wrong(session, login, origin, now=NOW)


def _locked(engine: Engine, login: str, origin: str, after: timedelta = timedelta()) -> bool:
    with writing(engine) as session:
        try:
            ensure_open(session, login, origin, now=NOW + after)
        except TooManyTries:
            return True
    return False


def test_guessing_from_one_address_keeps_the_holder_in_who_comes_from_another(any_engine: Engine) -> None:
    _wrong(any_engine, "laoban", "thief", OF_PAIR)
    assert _locked(any_engine, "laoban", "thief")
    assert not _locked(any_engine, "laoban", "home")
    assert not _locked(any_engine, "laoban", "thief", timedelta(minutes=15))


def test_one_address_that_tries_many_logins_is_locked_for_all(any_engine: Engine) -> None:
    with writing(any_engine) as session:
        for number in range(OF_ADDRESS):
            count_wrong(session, f"login-{number}", "thief", now=NOW)
    assert _locked(any_engine, "one-more", "thief")
    assert not _locked(any_engine, "one-more", "home")


def test_many_addresses_that_guess_at_one_login_are_slowed_down(engine: Engine) -> None:
    with writing(engine) as session:
        for number in range(OF_LOGIN):
            count_wrong(session, "laoban", f"address-{number}", now=NOW)
    assert _locked(engine, "laoban", "another")


def test_a_login_that_does_not_exist_locks_like_one_that_does(engine: Engine) -> None:
    add_login(engine)
    heard = []
    for name in ("laoban", "nobody"):
        said = []
        for _ in range(OF_PAIR + 1):
            with writing(engine) as session:
                try:
                    said.append(str(accounts.authenticate(session, name, "wrong password", origin="thief", now=NOW)))
                except TooManyTries as error:
                    said.append(str(error))
        heard.append(said)
    assert heard[0] == heard[1]
    assert "too many wrong passwords" in heard[0][-1]


def test_tries_that_lie_an_hour_apart_are_not_counted_together(engine: Engine) -> None:
    _wrong(engine, "laoban", "home", OF_PAIR - 1)
    with writing(engine) as session:
        count_wrong(session, "laoban", "home", now=NOW + timedelta(hours=1))
    assert not _locked(engine, "laoban", "home", timedelta(hours=1))


def test_a_right_password_does_not_forgive_what_the_address_tried_on_others(engine: Engine) -> None:
    with writing(engine) as session:
        for number in range(OF_ADDRESS - 1):
            count_wrong(session, f"login-{number}", "thief", now=NOW)
        forgive(session, "laoban", "thief")
        count_wrong(session, "laoban", "thief", now=NOW)
    assert _locked(engine, "laoban", "thief")


def test_counts_name_neither_logins_nor_addresses_and_are_swept_away(engine: Engine) -> None:
    _wrong(engine, "laoban", "192.0.2.7", 1)
    with engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM login_attempts")).all())
    assert "laoban" not in stored
    assert "192.0.2.7" not in stored
    with writing(engine) as session:
        count_wrong(session, "other", "", now=NOW + timedelta(days=2))
        assert session.connection().execute(text("SELECT count(*) FROM login_attempts")).scalar() == 2


def test_a_lock_out_stands_in_the_owners_list(engine: Engine) -> None:
    owner = add_login(engine)
    for _ in range(OF_PAIR):
        with writing(engine) as session:
            accounts.authenticate(session, "laoban", "wrong password", origin="thief", now=NOW)
    with writing(engine) as session:
        newest = accounts.audit_page(session, owner.merchant or "").entries[0]
    assert (newest.action, newest.actor) == ("locked", "laoban")
    with pytest.raises(TooManyTries), writing(engine) as session:
        accounts.authenticate(session, "laoban", PASSWORD, origin="thief", now=NOW)
