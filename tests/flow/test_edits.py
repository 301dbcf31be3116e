"""The edit form of a saved connector: what counts as a change, and what two people have changed."""

from __future__ import annotations

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.flow.edits import (
    FORM,
    Section,
    Whose,
    by_section,
    changed_by_me,
    contested,
    edits,
    merge,
    put_back,
    section_of,
    shown_fields,
)
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method, Security
from smtpwizard.model.registration import Family, Redirect

READ = ConnectorDraft(
    name="Invoices",
    provider="custom",
    host="smtp.example.com",
    port="587",
    security=Security.STARTTLS,
    method=Method.BASIC,
    method_chosen=True,
    username="mailer@example.com",
    admin_email="admin@example.com",
    kept_secrets=frozenset(("password",)),
)


def fields(saved: ConnectorDraft, draft: ConnectorDraft) -> list[str]:
    return [edit.field for edit in edits(saved, draft)]


def test_nothing_is_changed_at_first() -> None:
    assert edits(READ, READ) == ()


def test_changes_come_in_the_order_of_the_form_with_what_was() -> None:
    draft = READ._replace(admin_name="Robin", host="mail.example.com", port="25", port_typed=True)
    found = edits(READ, draft)
    assert [edit.field for edit in found] == ["server.host", "server.port", "admin.name"]
    assert (found[0].before, found[0].now) == ("smtp.example.com", "mail.example.com")
    assert by_section(found) == {Section.PROVIDER: 2, Section.TEST: 1}


def test_a_typed_password_is_a_change_without_a_value() -> None:
    (found,) = edits(READ, READ._replace(password=Secret("new")))
    assert (found.field, found.before, found.now) == ("authentication.password", None, None)


def test_what_the_provider_makes_meaningless_does_not_count() -> None:
    draft = READ._replace(host="elsewhere.example.com", provider="gmail")
    assert fields(READ, draft) == ["provider"]


def test_one_field_is_put_back_and_the_others_stay() -> None:
    draft = READ._replace(host="mail.example.com", port="25", port_typed=True)
    assert fields(READ, put_back(READ, draft, "server.port")) == ["server.host"]


def test_every_field_has_its_section() -> None:
    for section, own in FORM.items():
        assert all(section_of(field) is section for field in own)
    assert section_of("server.proxy") is Section.PROVIDER
    assert section_of("connector") is Section.NAME


def test_each_method_shows_its_own_fields() -> None:
    assert "authentication.password" in shown_fields(READ)
    oauth = shown_fields(READ._replace(method=Method.OAUTH, provider="exchange"))
    assert "authentication.password" not in oauth
    assert "authentication.oauth.client_id" in oauth
    assert "server.host" not in oauth
    assert "authentication.username" not in shown_fields(READ._replace(method=Method.NONE))


def test_clear_text_is_asked_only_where_nothing_is_encrypted() -> None:
    assert "server.allow_cleartext" not in shown_fields(READ)
    assert "server.allow_cleartext" in shown_fields(READ._replace(security=Security.NONE))


def test_what_a_fix_has_set_is_shown_while_it_is_set() -> None:
    set_by_a_fix = {"server.pinned_certificate", "server.address_family"}
    assert not set_by_a_fix & shown_fields(READ)
    draft = READ._replace(pinned_certificate="ab" * 32, address_family="ipv4")
    assert set_by_a_fix <= shown_fields(draft)


def test_a_mechanism_without_a_login_asks_for_no_password() -> None:
    assert "authentication.password" not in shown_fields(READ._replace(mechanism="EXTERNAL"))


def test_a_key_file_names_its_client_itself() -> None:
    draft = READ._replace(method=Method.OAUTH, provider="gmail", family=Family.GOOGLE)
    assert "authentication.oauth.client_id" in shown_fields(draft)
    draft = draft._replace(redirect=Redirect.APP)
    assert draft.secret_is_a_file()
    assert "authentication.oauth.client_id" not in shown_fields(draft)


def test_a_method_that_is_put_back_counts_as_chosen() -> None:
    draft = READ._replace(method=Method.NONE, method_chosen=False)
    back = put_back(READ, draft, "authentication.method")
    assert (back.method, back.method_chosen) == (Method.BASIC, True)


# --- two editors


def test_each_difference_says_whose_it_is() -> None:
    mine = READ._replace(host="mine.example.com", admin_name="Robin")
    theirs = READ._replace(host="theirs.example.com", description="Web shop")
    found = {each.field: each for each in contested(READ, mine, theirs)}
    assert {field: each.whose for field, each in found.items()} == {
        "server.host": Whose.BOTH,
        "admin.name": Whose.MINE,
        "description": Whose.THEIRS,
    }
    host = found["server.host"]
    assert (host.before, host.mine, host.theirs) == (
        "smtp.example.com",
        "mine.example.com",
        "theirs.example.com",
    )


def test_what_only_they_have_changed_is_not_mine() -> None:
    mine = READ._replace(host="mine.example.com", admin_name="Robin")
    theirs = READ._replace(host="theirs.example.com", description="Web shop")
    assert changed_by_me(contested(READ, mine, theirs)) == {"server.host", "admin.name"}


def test_the_same_change_by_two_is_none() -> None:
    both = READ._replace(host="new.example.com")
    assert contested(READ, both, both) == ()


def test_two_new_passwords_are_both_and_have_no_value() -> None:
    mine = READ._replace(password=Secret("typed here"))
    (found,) = contested(READ, mine, READ, {"password"})
    assert found.whose is Whose.BOTH
    assert "typed" not in repr(found)
    (found,) = contested(READ, mine, READ)
    assert found.whose is Whose.MINE


def test_merging_keeps_theirs_but_for_what_is_mine() -> None:
    mine = READ._replace(host="mine.example.com", admin_name="Robin")
    theirs = READ._replace(host="theirs.example.com", description="Web shop")
    both = merge(mine, theirs, ["admin.name"])
    assert (both.host, both.description, both.admin_name) == (
        "theirs.example.com",
        "Web shop",
        "Robin",
    )
