import email
import email.policy
import re
from email.message import EmailMessage

import pytest

from api.container import Container
from api.weekly import Sending, send_weekly, token_of, week_of
from index.errors import StorageError, UsageError
from tests.api.builders import Served
from tests.api.pages.reading import Reader, words
from tests.api.pages.signing_in import signed_in
from tests.api.pages.test_alerts import spiked

ROOT = "http://baicha.example"


@pytest.fixture
def post_office(served: Served) -> Container:
    """The same county, reached by a public address."""
    served.container.settings = served.container.settings.model_copy(update={"public_url": ROOT})
    return served.container


def subscribed(served: Served, language: str = "en-GB") -> Reader:
    owner = signed_in(served, language=language, email="laoban@example.org")
    owner.send("/merchant/weekly", "/merchant/weekly", send="yes")
    return owner


def run(container: Container, week: str | None = None) -> Sending:
    return send_weekly(container, week_of(week, container.clock(), container))


def letters(container: Container) -> list[EmailMessage]:
    folder = container.settings.data / "outbox"
    files = sorted(folder.iterdir()) if folder.exists() else []
    found = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
    return [one for one in found if isinstance(one, EmailMessage)]


def test_a_letter_is_sent_once_a_week_in_the_language_it_was_asked_for_in(
    served: Served, post_office: Container
) -> None:
    spiked(served)
    subscribed(served, "zh-CN")
    assert run(post_office) == Sending(sent=1)
    assert run(post_office) == Sending(earlier=1)
    assert run(post_office, "2026-W46") == Sending(sent=1)
    first = next(one for one in letters(post_office) if "2026-11-16" in str(one["Subject"]))
    plain, html = (one.get_content() for one in first.iter_parts())
    assert "这一周有 5 次核实的到访（前一周 5 次）" in plain
    assert "2026-11-23（周一）有 30 次核实的到访" in plain
    assert f'<a href="{ROOT}/merchant" ' in html
    assert 'lang="zh"' in html


def test_a_quiet_week_is_told_what_helps(served: Served, post_office: Container) -> None:
    subscribed(served)
    run(post_office)
    [letter] = letters(post_office)
    plain = next(letter.iter_parts()).get_content()
    assert "Put the counter's code where guests see it" in plain.replace("\n", " ")


def test_one_click_ends_it_and_looking_at_the_link_does_not(served: Served, post_office: Container) -> None:
    owner = subscribed(served)
    run(post_office)
    [letter] = letters(post_office)
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(rf"<{ROOT}(/v1/weekly/\S+)>", str(letter["List-Unsubscribe"]))
    assert found
    stranger = Reader(served.browser(), "en")
    assert "One press ends it" in words(stranger.open(found[1]))
    assert "It goes to laoban@example.org" in words(owner.open("/merchant/weekly"))
    reply = stranger.client.post(found[1], data={"List-Unsubscribe": "One-Click"})
    assert reply.status_code == 204
    assert "You do not get it" in words(owner.open("/merchant/weekly"))
    assert run(post_office, "2026-W46") == Sending()


def test_the_link_ends_it_by_a_page_too(served: Served, post_office: Container) -> None:
    owner = subscribed(served)
    page = f"/weekly/{token_of(post_office.secret, 'laoban')}"
    assert "It has ended" in words(Reader(served.browser(), "en").send(page, page))
    assert "You do not get it" in words(owner.open("/merchant/weekly"))


def test_a_forged_link_ends_nothing(served: Served) -> None:
    owner = subscribed(served)
    for token in ("x", "bGFvYmFu." + "0" * 64, "bGFvYmFu", "é", "." * 9, "_____._"):
        assert served.client.post(f"/v1/weekly/{token}").status_code == 404, token
    assert "It goes to" in words(owner.open("/merchant/weekly"))


def test_without_an_address_it_cannot_be_asked_for(served: Served) -> None:
    owner = signed_in(served)
    assert "Set an e-mail address first" in words(owner.open("/merchant/weekly"))


def test_a_letter_that_the_server_refuses_goes_out_with_the_next_run(
    served: Served, post_office: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribed(served)

    def refuse(*_: object, **__: object) -> None:
        raise StorageError("the mail server does not take a letter")

    with monkeypatch.context() as broken:
        broken.setattr(post_office.mailer, "send", refuse)
        assert run(post_office) == Sending(failed=["laoban"], why="the mail server does not take a letter")
    assert run(post_office) == Sending(sent=1)


def test_a_week_that_is_none_or_not_over_is_refused(served: Served) -> None:
    for week in ("2026-W48", "2026-W99", "last", "2026-11-16"):
        with pytest.raises(UsageError, match="week"):
            week_of(week, served.clock(), served.container)


def test_letters_need_to_know_how_the_service_is_reached(served: Served) -> None:
    with pytest.raises(UsageError, match="BAICHA_PUBLIC_URL"):
        run(served.container)
