"""What every secret store must do; a test class takes it over and brings the fixture `store`."""

from __future__ import annotations

import pytest

from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.secretstore import SecretStore, new_ref
from smtpwizard.secretstore.port import MAX_ENTRY_BYTES

SECRETS = {
    "short": "x",
    "password": "correct horse battery staple",
    "spaces": "  leading and trailing  ",
    "line breaks": "one\ntwo\r\nthree\n",
    "controls": "\x01\x07\x1b[2J\x7f\x85",
    "unicode": "Paßwort-пароль-密碼-🔑-e\u0301",
    "astral": "🔑" * 700,
    "token": "M.C5" + "abcDEF0123-_." * 130,
    "json": '{"type": "service_account", "private_key": "-----BEGIN"}',
    "like a manifest": "smtpwizard-parts:0:1:4",
    "largest": "y" * MAX_ENTRY_BYTES,
    "largest, in two bytes": "é" * (MAX_ENTRY_BYTES // 2),
}


def refusal_of(store: SecretStore, ref: str, text: str) -> SecretStoreError:
    with pytest.raises(SecretStoreError) as caught:
        store.put(ref, Secret(text))
    return caught.value


class SecretStoreContract:
    @pytest.fixture
    def store(self) -> SecretStore:
        raise NotImplementedError

    @pytest.fixture
    def ref(self, store: SecretStore) -> str:
        return new_ref(store.name, "Invoices", "password")

    @pytest.mark.parametrize("kind", SECRETS)
    def test_a_secret_comes_back_exactly(self, store: SecretStore, ref: str, kind: str) -> None:
        store.put(ref, Secret(SECRETS[kind]))
        assert store.get(ref).reveal() == SECRETS[kind]
        store.delete(ref)

    def test_the_last_put_counts(self, store: SecretStore, ref: str) -> None:
        for text in ("first", "second, and longer" * 200, "third"):
            store.put(ref, Secret(text))
            assert store.get(ref).reveal() == text
        store.delete(ref)

    def test_references_do_not_mix(self, store: SecretStore, ref: str) -> None:
        other = new_ref(store.name, "Invoices", "password")
        store.put(ref, Secret("mine"))
        store.put(other, Secret("other"))
        store.delete(other)
        assert store.get(ref).reveal() == "mine"
        store.delete(ref)

    def test_r07_a_missing_secret_is_said_to_be_missing(self, store: SecretStore, ref: str) -> None:
        with pytest.raises(SecretStoreError) as caught:
            store.get(ref)
        assert caught.value.code == "secret_missing"

    def test_delete_removes_and_a_missing_one_is_fine(self, store: SecretStore, ref: str) -> None:
        store.delete(ref)
        store.put(ref, Secret("soon gone" * 300))
        store.delete(ref)
        store.delete(ref)
        with pytest.raises(SecretStoreError) as caught:
            store.get(ref)
        assert caught.value.code == "secret_missing"

    @pytest.mark.parametrize(
        ("text", "code", "reason"),
        [
            ("", "secret_invalid", "empty"),
            ("hunter2\0", "secret_invalid", "nul"),
            ("hunter2\udc80", "secret_invalid", "surrogate"),
            ("hunter2" + "x" * MAX_ENTRY_BYTES, "secret_too_large", None),
            ("é" * (MAX_ENTRY_BYTES // 2 + 1), "secret_too_large", None),
        ],
    )
    def test_r09_what_not_every_store_can_keep_is_refused(
        self, store: SecretStore, ref: str, text: str, code: str, reason: str | None
    ) -> None:
        store.put(ref, Secret("before"))
        error = refusal_of(store, ref, text)
        assert (error.code, error.facts.get("reason")) == (code, reason)
        assert_silent(error, "hunter2")
        assert store.get(ref).reveal() == "before"
        store.delete(ref)

    def test_the_reference_names_the_store(self, store: SecretStore, ref: str) -> None:
        assert ref.partition(":")[0] == store.name
        assert new_ref(store.name, "Invoices", "password") != ref


def assert_silent(error: BaseException, secret: str) -> None:
    """The exception carries the secret nowhere: not in itself, nor in what it came from."""
    seen: BaseException | None = error
    while seen is not None:
        texts = (str(seen), repr(seen), repr(seen.args), repr(vars(seen)))
        assert not any(secret in text for text in texts)
        seen = seen.__cause__ or seen.__context__
