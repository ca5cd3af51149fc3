from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from api import accounts
from api.accounts import Role
from index.database import reading, writing
from index.errors import Conflict, NotFound, UsageError
from tests.api.accounts.builders import NOW


def test_a_key_is_good_until_it_is_revoked(any_engine: Engine) -> None:
    with writing(any_engine) as session:
        made = accounts.make_key(session, Role.BOARD, label="town hall", now=NOW)
    with reading(any_engine) as session:
        holder = accounts.key_holder(session, made.plain, now=NOW)
    assert holder == accounts.Holder(Role.BOARD, None, made.prefix, by_key=True)
    with writing(any_engine) as session:
        accounts.revoke_key(session, made.prefix, now=NOW)
    with reading(any_engine) as session:
        assert accounts.key_holder(session, made.plain, now=NOW) is None


def test_only_a_hash_of_a_key_is_stored(any_engine: Engine) -> None:
    with writing(any_engine) as session:
        made = accounts.make_key(session, Role.ADMIN, now=NOW)
    assert made.plain.startswith(f"bch_{made.prefix}_")
    secret = made.plain.removeprefix(f"bch_{made.prefix}_")
    with any_engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM api_key")).all())
    assert made.prefix in stored
    assert secret not in stored


@pytest.mark.parametrize(
    "wrong", ["", "bch", "bch__", "bch_0123456789ab_" + "x" * 43, "Bearer", "bch_' OR 1=1_x", "键"]
)
def test_a_key_that_is_not_ours_belongs_to_nobody(engine: Engine, wrong: str) -> None:
    with reading(engine) as session:
        assert accounts.key_holder(session, wrong, now=NOW) is None


def test_the_right_prefix_with_another_secret_belongs_to_nobody(engine: Engine) -> None:
    with writing(engine) as session:
        made = accounts.make_key(session, Role.ADMIN, now=NOW)
        other = accounts.make_key(session, Role.ADMIN, now=NOW)
    forged = f"bch_{made.prefix}_{other.plain.removeprefix(f'bch_{other.prefix}_')}"
    with reading(engine) as session:
        assert accounts.key_holder(session, forged, now=NOW) is None


def test_rotation_ends_the_old_key_and_keeps_its_purpose(any_engine: Engine) -> None:
    with writing(any_engine) as session:
        merchant = accounts.make_merchant(session, "茶馆", now=NOW).id
        old = accounts.make_key(session, Role.MERCHANT, merchant=merchant, label="till", now=NOW)
        new = accounts.rotate_key(session, old.prefix, now=NOW)
        assert accounts.key_holder(session, old.plain, now=NOW) is None
        holder = accounts.key_holder(session, new.plain, now=NOW)
        assert holder == accounts.Holder(Role.MERCHANT, merchant, new.prefix, by_key=True)
        assert {key.label for key in accounts.list_keys(session)} == {"till"}
        told = [(entry.action, entry.subject) for entry in accounts.audit_page(session, merchant).entries]
        with pytest.raises(Conflict):
            accounts.rotate_key(session, old.prefix, now=NOW)
    assert told == [
        ("key_made", f"{new.prefix} till"),
        ("key_revoked", f"{old.prefix} till"),
        ("key_made", f"{old.prefix} till"),
    ]


def test_a_merchants_key_names_its_merchant_and_no_other_key_does(engine: Engine) -> None:
    with writing(engine) as session:
        merchant = accounts.make_merchant(session, "茶馆", now=NOW).id
        with pytest.raises(UsageError):
            accounts.make_key(session, Role.MERCHANT, now=NOW)
        with pytest.raises(UsageError):
            accounts.make_key(session, Role.ADMIN, merchant=merchant, now=NOW)
        with pytest.raises(UsageError):
            accounts.make_key(session, Role.NOBODY, now=NOW)
        with pytest.raises(NotFound):
            accounts.make_key(session, Role.MERCHANT, merchant="m_unknown", now=NOW)
        with pytest.raises(NotFound):
            accounts.revoke_key(session, "unknown", now=NOW)


def test_last_use_is_written_once_a_minute(engine: Engine) -> None:
    with writing(engine) as session:
        prefix = accounts.make_key(session, Role.ADMIN, now=NOW).prefix
        assert accounts.needs_touch(session, prefix, now=NOW)
        accounts.touch_key(session, prefix, now=NOW)
        assert not accounts.needs_touch(session, prefix, now=NOW + timedelta(seconds=59))
        assert accounts.needs_touch(session, prefix, now=NOW + timedelta(seconds=60))
        assert accounts.list_keys(session)[0].last_used_at == NOW


def test_a_revoked_key_takes_its_web_sessions_along(any_engine: Engine) -> None:
    with writing(any_engine) as session:
        keys = [accounts.make_key(session, Role.ADMIN, now=NOW) for _ in range(2)]
        opened = []
        for key in keys:
            holder = accounts.key_holder(session, key.plain, now=NOW)
            assert holder is not None
            opened.append(accounts.open_session(session, holder, now=NOW))
        accounts.revoke_key(session, keys[0].prefix, now=NOW)
        found = [accounts.session_holder(session, one.token, now=NOW) for one in opened]
    assert found[0] is None
    assert found[1] is not None
