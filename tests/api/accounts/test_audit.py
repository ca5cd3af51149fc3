from sqlalchemy import Engine

from api import accounts
from api.accounts import Action
from index.database import reading, writing
from tests.api.accounts.builders import NOW, add_login


def test_a_list_is_paged_newest_first_and_each_entry_stands_on_one_page(any_engine: Engine) -> None:
    owner = add_login(any_engine)
    merchant = owner.merchant or ""
    with writing(any_engine) as session:
        for number in range(7):
            accounts.note(session, merchant, Action.EXPORT, by=owner, subject=str(number), now=NOW)
    seen: list[str] = []
    before = None
    with reading(any_engine) as session:
        for _ in range(5):
            page = accounts.audit_page(session, merchant, before=before, limit=3)
            seen += [entry.subject for entry in page.entries if entry.action == Action.EXPORT]
            before = page.before
            if before is None:
                break
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]


def test_a_list_shows_nothing_of_another_merchant(any_engine: Engine) -> None:
    owner, other = add_login(any_engine), add_login(any_engine, "other")
    with writing(any_engine) as session:
        accounts.note(session, other.merchant or "", Action.EXPORT, by=other, subject="theirs", now=NOW)
    with reading(any_engine) as session:
        subjects = {entry.subject for entry in accounts.audit_page(session, owner.merchant or "").entries}
    assert "theirs" not in subjects


def test_a_long_subject_is_cut_and_an_actor_without_session_has_no_role(engine: Engine) -> None:
    owner = add_login(engine)
    with writing(engine) as session:
        accounts.note(session, owner.merchant or "", Action.EDIT, by=accounts.OPERATOR, subject="字" * 900, now=NOW)
        newest = accounts.audit_page(session, owner.merchant or "").entries[0]
    assert (len(newest.subject), newest.actor, newest.role) == (500, "operator", "")
