from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from api import accounts
from api.accounts import NOBODY, Holder, Role
from api.errors import TooManyTries
from index.database import reading, writing
from index.errors import NotFound, UsageError
from tests.api.accounts.builders import NOW

PASSWORD = "bamboo in the rain"


def _login(engine: Engine, name: str = "tea") -> str:
    with writing(engine) as session:
        merchant = accounts.make_merchant(session, "茶馆", now=NOW).id
        accounts.accept_invitation(session, accounts.invite(session, merchant, now=NOW), name, PASSWORD, now=NOW)
    return merchant


def test_a_session_lasts_until_it_is_closed_or_too_old(any_engine: Engine) -> None:
    holder = Holder(Role.MERCHANT, _login(any_engine), "tea")
    with writing(any_engine) as session:
        made = accounts.open_session(session, holder, now=NOW)
    with reading(any_engine) as session:
        found = accounts.session_holder(session, made.token, now=NOW)
        assert accounts.session_holder(session, made.token, now=made.expires_at) is None
        assert accounts.session_holder(session, "another", now=NOW) is None
    assert found is not None
    assert found.holder == holder
    assert found.csrf_fits(made.csrf)
    assert not found.csrf_fits("another")
    assert not found.csrf_fits(None)
    with writing(any_engine) as session:
        accounts.close_session(session, made.token, now=NOW)
    with reading(any_engine) as session:
        assert accounts.session_holder(session, made.token, now=NOW) is None


def test_neither_passwords_nor_cookies_are_stored(engine: Engine) -> None:
    holder = Holder(Role.MERCHANT, _login(engine), "tea")
    with writing(engine) as session:
        made = accounts.open_session(session, holder, now=NOW)
    with engine.connect() as connection:
        stored = str([connection.execute(text(f"SELECT * FROM {name}")).all() for name in ("login", "web_session")])  # noqa: S608
    assert PASSWORD not in stored
    assert made.token not in stored
    assert "$argon2id$" in stored


def test_expired_sessions_are_swept_away(engine: Engine) -> None:
    holder = Holder(Role.ADMIN, None, "key")
    with writing(engine) as session:
        accounts.open_session(session, holder, now=NOW)
        accounts.open_session(session, holder, now=NOW + timedelta(days=2))
        assert session.connection().execute(text("SELECT count(*) FROM web_session")).scalar() == 1


def test_ten_wrong_passwords_lock_a_login_for_fifteen_minutes(any_engine: Engine) -> None:
    merchant = _login(any_engine)
    for _ in range(10):
        with writing(any_engine) as session:
            assert accounts.authenticate(session, "tea", "wrong password", now=NOW) is None
    with writing(any_engine) as session, pytest.raises(TooManyTries) as locked:
        accounts.authenticate(session, "tea", PASSWORD, now=NOW + timedelta(minutes=14))
    assert 0 < locked.value.retry_after_s <= 61
    with writing(any_engine) as session:
        holder = accounts.authenticate(session, "tea", PASSWORD, now=NOW + timedelta(minutes=15))
    assert holder == Holder(Role.MERCHANT, merchant, "tea")


def test_a_right_password_forgives_the_wrong_ones_before(engine: Engine) -> None:
    _login(engine)
    with writing(engine) as session:
        for _ in range(9):
            accounts.authenticate(session, "tea", "wrong password", now=NOW)
        assert accounts.authenticate(session, " TEA ", PASSWORD, now=NOW) is not None
        for _ in range(9):
            accounts.authenticate(session, "tea", "wrong password", now=NOW)
        assert accounts.authenticate(session, "tea", PASSWORD, now=NOW) is not None


def test_an_unknown_login_is_refused_like_a_wrong_password(engine: Engine) -> None:
    with writing(engine) as session:
        assert accounts.authenticate(session, "nobody", PASSWORD, now=NOW) is None


def test_nobody_has_no_session(engine: Engine) -> None:
    with writing(engine) as session, pytest.raises(UsageError):
        accounts.open_session(session, NOBODY, now=NOW)


def test_a_list_of_sessions_names_devices_and_tells_when_each_was_last_seen(any_engine: Engine) -> None:
    holder = Holder(Role.MERCHANT, _login(any_engine), "tea")
    with writing(any_engine) as session:
        old = accounts.open_session(session, holder, device="Safari · iOS", now=NOW)
        accounts.open_session(session, holder, device="x" * 300, now=NOW)
        later = NOW + timedelta(minutes=5)
        found = accounts.session_holder(session, old.token, now=later)
        assert found is not None
        assert found.due
        accounts.touch_session(session, old.token, now=later)
        again = accounts.session_holder(session, old.token, now=later + timedelta(seconds=59))
        assert again is not None
        assert not again.due
        rows = accounts.sessions_of(session, holder, now=later)
    assert [(row.device[:12], row.seen_at) for row in rows] == [("Safari · iOS", later), ("x" * 12, NOW)]
    assert len({row.id for row in rows}) == 2


def test_one_session_or_all_others_are_ended_from_the_list(any_engine: Engine) -> None:
    holder = Holder(Role.MERCHANT, _login(any_engine), "tea")
    with writing(any_engine) as session:
        made = [accounts.open_session(session, holder, now=NOW) for _ in range(3)]
        ids = [found.id for one in made if (found := accounts.session_holder(session, one.token, now=NOW))]
        accounts.end_session(session, holder, ids[0], now=NOW)
        with pytest.raises(NotFound):
            accounts.end_session(session, holder, ids[0], now=NOW)
        assert [accounts.session_holder(session, one.token, now=NOW) is not None for one in made] == [False, True, True]
        accounts.end_sessions(session, holder, but=ids[2])
        assert [accounts.session_holder(session, one.token, now=NOW) is not None for one in made] == [
            False,
            False,
            True,
        ]


def test_nobody_ends_a_session_of_another_login(engine: Engine) -> None:
    merchant = _login(engine)
    tea, key = Holder(Role.MERCHANT, merchant, "tea"), Holder(Role.ADMIN, None, "tea")
    with writing(engine) as session:
        opened = accounts.open_session(session, tea, now=NOW)
        found = accounts.session_holder(session, opened.token, now=NOW)
        assert found is not None
        for other in (key, Holder(Role.MERCHANT, merchant, "wang"), Holder(Role.MERCHANT, "m_other", "tea")):
            with pytest.raises(NotFound):
                accounts.end_session(session, other, found.id, now=NOW)
            accounts.end_sessions(session, other)
        assert accounts.session_holder(session, opened.token, now=NOW) is not None


def test_an_admins_session_is_shorter_than_a_merchants(engine: Engine) -> None:
    holders = Holder(Role.ADMIN, None, "key"), Holder(Role.MERCHANT, _login(engine), "tea")
    with writing(engine) as session:
        lasts = [accounts.open_session(session, holder, now=NOW).expires_at - NOW for holder in holders]
    assert lasts == [timedelta(hours=12), timedelta(days=30)]
