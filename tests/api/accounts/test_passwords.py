from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from api import accounts
from api.accounts import Holder, Role
from api.accounts.passwords import RESETS_AN_HOUR, email_address
from api.errors import TooManyTries
from index.database import reading, writing
from index.errors import NotFound, UsageError
from tests.api.accounts.builders import NOW, PASSWORD, add_login

OTHER = "tea on the terrace"


def test_a_changed_password_ends_every_session_but_the_one_kept(any_engine: Engine) -> None:
    owner = add_login(any_engine)
    with writing(any_engine) as session:
        made = [accounts.open_session(session, owner, now=NOW) for _ in range(3)]
        kept = accounts.session_holder(session, made[1].token, now=NOW)
        assert kept is not None
        assert accounts.change_password(session, owner, PASSWORD, OTHER, keep=kept.id, now=NOW)
        found = [accounts.session_holder(session, one.token, now=NOW) for one in made]
        assert [one is not None for one in found] == [False, True, False]
        assert accounts.authenticate(session, "laoban", PASSWORD, now=NOW) is None
        assert accounts.authenticate(session, "laoban", OTHER, now=NOW) == owner


def test_the_old_password_cannot_be_guessed_from_a_stolen_session(engine: Engine) -> None:
    owner = add_login(engine)
    for _ in range(10):
        with writing(engine) as session:
            assert not accounts.change_password(session, owner, "a guess of it", OTHER, keep=None, now=NOW)
    with writing(engine) as session, pytest.raises(TooManyTries):
        accounts.change_password(session, owner, PASSWORD, OTHER, keep=None, now=NOW)


def test_a_reset_link_is_good_once_and_ends_every_session(any_engine: Engine) -> None:
    owner = add_login(any_engine)
    with writing(any_engine) as session:
        opened = accounts.open_session(session, owner, now=NOW)
        [reset] = accounts.ask_reset(session, " LAOBAN ", now=NOW)
        assert (reset.login, reset.email) == ("laoban", "laoban@example.org")
        accounts.reset_password(session, reset.token, OTHER, now=NOW)
        assert accounts.session_holder(session, opened.token, now=NOW) is None
        assert accounts.authenticate(session, "laoban", OTHER, now=NOW) == owner
        with pytest.raises(NotFound):
            accounts.reset_password(session, reset.token, PASSWORD, now=NOW)


def test_a_reset_link_ends_after_an_hour(engine: Engine) -> None:
    add_login(engine)
    with writing(engine) as session:
        [reset] = accounts.ask_reset(session, "laoban@example.org", now=NOW)
        late = NOW + timedelta(hours=1)
        assert accounts.reset_login(session, reset.token, now=late - timedelta(seconds=1)) == "laoban"
        assert accounts.reset_login(session, reset.token, now=late) is None
        with pytest.raises(NotFound):
            accounts.reset_password(session, reset.token, OTHER, now=late)


def test_a_changed_password_makes_links_useless_that_were_sent_before(engine: Engine) -> None:
    owner = add_login(engine)
    with writing(engine) as session:
        [reset] = accounts.ask_reset(session, "laoban", now=NOW)
        accounts.change_password(session, owner, PASSWORD, OTHER, keep=None, now=NOW)
        assert accounts.reset_login(session, reset.token, now=NOW) is None


def test_links_are_kept_as_hashes(engine: Engine) -> None:
    add_login(engine)
    with writing(engine) as session:
        [reset] = accounts.ask_reset(session, "laoban", now=NOW)
    with engine.connect() as connection:
        assert reset.token not in str(connection.execute(text("SELECT * FROM password_reset")).all())


def test_nobody_fills_a_mailbox_with_links(engine: Engine) -> None:
    add_login(engine)
    with writing(engine) as session:
        sent = [len(accounts.ask_reset(session, "laoban", now=NOW)) for _ in range(RESETS_AN_HOUR + 2)]
        assert sent == [1] * RESETS_AN_HOUR + [0, 0]
        later = NOW + timedelta(hours=1)
        assert len(accounts.ask_reset(session, "laoban", now=later)) == 1


@pytest.mark.parametrize("named", ["", "nobody", "nobody@example.org", "%", "laoban' OR 1=1 --"])
def test_who_has_no_login_gets_no_link(engine: Engine, named: str) -> None:
    add_login(engine)
    with writing(engine) as session:
        assert accounts.ask_reset(session, named, now=NOW) == []


def test_an_operator_makes_a_link_for_a_login_without_an_address(engine: Engine) -> None:
    owner = add_login(engine)
    with writing(engine) as session:
        accounts.set_email(session, owner, "", now=NOW)
        assert accounts.ask_reset(session, "laoban", now=NOW) == []
        token = accounts.operators_reset(session, "laoban", now=NOW)
        assert accounts.reset_login(session, token, now=NOW) == "laoban"
        with pytest.raises(NotFound):
            accounts.operators_reset(session, "nobody", now=NOW)


def test_a_key_has_no_password(engine: Engine) -> None:
    owner = add_login(engine)
    key = Holder(Role.MERCHANT, owner.merchant, "0123456789ab")
    with reading(engine) as session:
        assert accounts.login_of(session, key) is None
        # A login of this name of another merchant's is not the holder's.
        assert accounts.login_of(session, Holder(Role.MERCHANT, "m_other", "laoban")) is None
    with writing(engine) as session, pytest.raises(NotFound):
        accounts.set_email(session, key, "a@example.org", now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        "name",
        "a@b",
        "a b@example.org",
        "a@example.org\nBcc: b@example.org",
        "a@exa_mple.org,b@example.org",
        "x" * 250 + "@example.org",
    ],
)
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError):
        email_address(wrong)


def test_an_address_is_kept_in_lower_case() -> None:
    assert email_address(" Lao.Ban+tea@Example.org ") == "lao.ban+tea@example.org"
    assert email_address("  ") is None
