"""Connectors, projects and settings on the disk; ids as in the table of configuration cases."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import files
from smtpwizard.model.connector import Connector, Security, ServerDefaults, name_key, read_connector
from smtpwizard.model.errors import SmtpWizardError, StorageError, UsageError
from smtpwizard.model.problem import Json
from smtpwizard.model.stored import DamagedFile, Listing, NewerFile, Project, StoredConnector
from smtpwizard.storage import ConnectorStore, DataDirectory
from smtpwizard.storage.connectorfile import may_be_named
from tests import capabilities

ROOT = Path(__file__).parents[1]
REF = "keyring:00ff"


def defaults_for(provider: str) -> ServerDefaults | None:
    if provider == "gmail":
        return ServerDefaults("smtp.example.com", 587, Security.STARTTLS)
    return None


def make_connector(name: str = "Invoices", **changes: Any) -> Connector:
    document = {
        "name": name,
        "provider": "custom",
        "server": {"host": "mail.example.com"},
        "authentication": {"method": "basic", "username": "mailer@example.com"},
        "admin": {"email": "admin@example.com"},
        **changes,
    }
    connector, problems = read_connector(document, defaults_for)
    assert connector is not None, problems
    return connector


def save(
    store: ConnectorStore,
    name: str = "Invoices",
    expected: StoredConnector | None = None,
    secrets: dict[str, str] | None = None,
    make_default: bool = False,
    **changes: Any,
) -> StoredConnector:
    return store.save(
        make_connector(name, **changes),
        secrets=secrets or {},
        expected=expected,
        make_default=make_default,
    )


def refusal(call: Callable[[], object]) -> SmtpWizardError:
    with pytest.raises(SmtpWizardError) as caught:
        call()
    return caught.value


def tree(path: Path) -> dict[str, bytes]:
    """Every file below `path` with its content, locks left out."""
    return {
        str(found.relative_to(path)): found.read_bytes()
        for found in sorted(path.rglob("*"))
        if found.is_file() and found.name != ".lock"
    }


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    return DataDirectory(tmp_path / "data")


@pytest.fixture
def store(data: DataDirectory) -> ConnectorStore:
    return ConnectorStore(data, "default", defaults_for)


@pytest.fixture
def connectors(store: ConnectorStore) -> Path:
    return store.directory / "connectors"


def put_file(connectors: Path, content: bytes | dict[str, Any], name: str = "bad.json") -> Path:
    files.make_private_directory(connectors)
    path = connectors / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


# --- a fresh data directory


def test_a_fresh_directory_reads_as_one_empty_project(
    data: DataDirectory, store: ConnectorStore
) -> None:
    assert data.projects() == (Project("default", "Default"),)
    assert data.current_project() == Project("default", "Default")
    assert data.settings() == {}
    assert data.provider_files() == {}
    assert store.list() == Listing(())
    assert store.default_id() is None
    assert store.read_verification("0") is None
    assert store.undecided() == ()
    assert data.writable()
    assert data.private() is (True if files.LOOKS_AT_OTHERS else None)
    assert not data.path.exists(), "reading wrote something"


def test_a_connector_comes_back_as_it_was_saved(
    data: DataDirectory, store: ConnectorStore, connectors: Path
) -> None:
    saved = save(store, "Büro 📮", secrets={"password": REF})
    assert re.fullmatch(r"[0-9a-f]{32}", saved.id)
    assert (saved.revision, saved.secrets) == (1, {"password": REF})
    assert saved.connector == make_connector("Büro 📮")
    again = ConnectorStore(data.path, "default", defaults_for)
    assert again.list() == Listing((saved,))
    document = json.loads((connectors / f"{saved.id}.json").read_bytes())
    assert document.pop("stored") == {
        "id": saved.id,
        "revision": 1,
        "secrets": {"password": REF},
    }
    assert document == saved.connector.to_json()
    assert "Büro 📮".encode() in (connectors / f"{saved.id}.json").read_bytes()


def test_connectors_are_listed_by_name(store: ConnectorStore) -> None:
    for name in ("beta", "Alpha", "gamma", "Äther"):
        save(store, name)
    listed = [stored.connector.name for stored in store.list().connectors]
    assert listed == ["Alpha", "beta", "gamma", "Äther"]


def test_each_save_is_the_next_revision(store: ConnectorStore) -> None:
    first = save(store)
    second = save(store, "Bills", expected=first, secrets={"password": REF})
    assert (second.id, second.revision) == (first.id, 2)
    assert store.list().connectors == (second,)


@pytest.mark.parametrize("level", ["", "server", "authentication", "admin", "stored"])
def test_c09_unknown_fields_are_kept(store: ConnectorStore, connectors: Path, level: str) -> None:
    saved = save(store)
    path = connectors / f"{saved.id}.json"
    document = json.loads(path.read_bytes())
    (document[level] if level else document)["colour"] = {"of": ["sea", 1.5, None, "\ud800"]}
    path.write_text(json.dumps(document))
    (stored,) = store.list().connectors
    connector = stored.connector._replace(description="changed")
    store.save(connector, secrets={}, expected=stored)
    document = json.loads(path.read_bytes())
    kept = (document[level] if level else document)["colour"]
    assert kept == {"of": ["sea", 1.5, None, "\ud800"]}
    assert document["description"] == "changed"


# --- names


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "CON",
        "a/b",
        "a\\b",
        "n" * 300,
        "👩‍💻🔥",
        "trailing.",
        ".hidden",
        "-rf",
        "%s",
        "~",
    ],
)
def test_c17_names_are_data(store: ConnectorStore, connectors: Path, name: str) -> None:
    saved = save(store, name)
    assert [stored.connector.name for stored in store.list().connectors] == [name]
    assert os.listdir(connectors) == [f"{saved.id}.json"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Invoices", "Invoices"),
        ("Invoices", "INVOICES"),
        ("Straße", "STRASSE"),
        ("Jos\u00e9", "Jose\u0301"),
    ],
)
def test_a_name_is_taken_whatever_its_case_or_form(
    store: ConnectorStore, first: str, second: str
) -> None:
    save(store, first)
    other = save(store, "Other")
    before = tree(store.directory)
    for expected in (None, other):
        error = refusal(partial(save, store, second, expected=expected))
        assert (type(error), error.code, error.facts["field"]) == (
            UsageError,
            "name_taken",
            "name",
        )
    assert tree(store.directory) == before


def test_a_connector_may_keep_or_recase_its_own_name(store: ConnectorStore) -> None:
    saved = save(store, "invoices")
    assert save(store, "Invoices", expected=saved).connector.name == "Invoices"


def test_projects_do_not_share_names(data: DataDirectory, store: ConnectorStore) -> None:
    other = ConnectorStore(data, data.create_project("Acme").id, defaults_for)
    save(store)
    save(other)
    assert len(store.list().connectors) == len(other.list().connectors) == 1


# --- what is refused before anything is written


def test_nothing_is_written_that_could_not_be_read_again(
    data: DataDirectory, store: ConnectorStore
) -> None:
    good = make_connector()
    deep: Any = []
    for _ in range(files.MAX_DEPTH):
        deep = [deep]
    very_deep: Any = []
    for _ in range(100_000):
        very_deep = [very_deep]
    bad = {
        "port_invalid": good._replace(server=good.server._replace(port=0)),
        "provider_unknown": good._replace(provider="nowhere"),
        "required": good._replace(name=" "),
        "schema_newer": good._replace(schema=2),
        "not_json": good._replace(extra={"x": float("nan")}),
        "too_deep": good._replace(extra={"x": deep}),
        "too_large": good._replace(extra={"x": "y" * files.MAX_BYTES}),
        "secret_in_document": good._replace(extra={"password": "hunter2"}),
    }
    for code, connector in bad.items():
        error = refusal(partial(store.save, connector, secrets={}, expected=None))
        assert (type(error), error.code) == (UsageError, code)
    connector = good._replace(extra={"x": very_deep})
    assert refusal(lambda: store.save(connector, secrets={}, expected=None)).code == "too_deep"
    while very_deep:  # taken apart by hand: freeing it is recursive as well
        very_deep = very_deep.pop()
    error = refusal(lambda: store.save(good, secrets={"password": "../x"}, expected=None))
    assert (error.code, error.facts["field"]) == ("stored_invalid", "stored.secrets")
    assert not data.path.exists()


# --- damaged files

DAMAGE = {
    "empty": b"",
    "blank": b" \n",
    "byte_order_mark": b"\xef\xbb\xbf{}",
    "utf16": '{"name": "x"}'.encode("utf-16"),
    "latin1": '{"name": "Büro"}'.encode("latin-1"),
    "zeros": bytes(4096),
    "nan": b'{"schema": NaN}',
    "infinity": b'{"schema": -Infinity}',
    "too_great": b'{"schema": 1e999}',
    "endless_digits": b'{"schema": ' + b"9" * 100_000 + b"}",
    "twice": b'{"name": "a", "name": "b"}',
    "twice_inside": b'{"server": {"port": 25, "port": 26}}',
    "deep_lists": b"[" * 100_000,
    "deep_objects": b'{"a":' * 100_000,
    "deeper_than_allowed": b'{"a":' + b"[" * files.MAX_DEPTH + b"]" * files.MAX_DEPTH + b"}",
    "huge": b" " * (files.MAX_BYTES + 1),
    "list": b"[1]",
    "text": b'"x"',
    "null": b"null",
    "trailing": b"{} {}",
    "truncated": b'{"name": ',
}
REASONS = {
    "empty": "empty",
    "blank": "empty",
    "byte_order_mark": "byte_order_mark",
    "utf16": "not_utf8",
    "latin1": "not_utf8",
    "nan": "not_finite",
    "infinity": "not_finite",
    "too_great": "not_finite",
    "twice": "duplicate_key",
    "twice_inside": "duplicate_key",
    "deep_lists": "too_deep",
    "deep_objects": "too_deep",
    "deeper_than_allowed": "too_deep",
    "huge": "too_large",
    "list": "not_an_object",
    "text": "not_an_object",
    "null": "not_an_object",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_c08_a_damaged_file_is_set_aside_and_named(
    store: ConnectorStore, connectors: Path, damage: str
) -> None:
    good = save(store)
    path = put_file(connectors, DAMAGE[damage])
    listing = store.list()
    assert listing.connectors == (good,)
    (damaged,) = listing.damaged
    assert damaged.reason == REASONS.get(damage, "not_json")
    assert damaged.path.parent == connectors
    assert re.fullmatch(r"bad\.json\.corrupt-\d{8}T\d{6}Z", damaged.path.name)
    assert damaged.path.read_bytes() == DAMAGE[damage]
    assert not path.exists()
    assert store.list() == listing, "it is named until it is taken away"
    damaged.path.unlink()
    assert store.list() == Listing((good,))


def test_c07_truncated_at_every_byte(store: ConnectorStore, connectors: Path) -> None:
    save(store, "Büro", secrets={"password": REF})
    (path,) = connectors.glob("*.json")
    content = path.read_bytes()
    assert content.endswith(b"}\n")
    for length in range(len(content) - 1):
        path.write_bytes(content[:length])
        listing = store.list()
        assert (len(listing.connectors), len(listing.damaged)) == (0, 1), length
        damaged = listing.damaged[0]
        assert damaged.reason in ("empty", "not_json", "not_utf8")
        assert damaged.path.read_bytes() == content[:length]
        damaged.path.unlink()
    path.write_bytes(content[:-1])
    assert len(store.list().connectors) == 1, "the last line break is no part of the document"


def test_files_set_aside_in_one_second_keep_their_own_names(
    store: ConnectorStore, connectors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "gmtime", lambda: time.struct_time((2026, 11, 25, 3, 1, 2, 0, 1, 0)))
    for content in (b"one", b"two", b"three"):
        put_file(connectors, content)
        store.list()
    assert tree(connectors) == {
        "bad.json.corrupt-20261125T030102Z": b"one",
        "bad.json.corrupt-20261125T030102Z-2": b"two",
        "bad.json.corrupt-20261125T030102Z-3": b"three",
    }


def test_a_file_repaired_under_its_new_name_says_so(
    store: ConnectorStore, connectors: Path
) -> None:
    put_file(connectors, b"{}", "x.json.corrupt-20260101T000000Z")
    (damaged,) = store.list().damaged
    assert damaged.reason == "set_aside"
    (connectors / "y.json.corrupt-20260101T000000Z").mkdir()
    assert [found.reason for found in store.list().damaged] == ["set_aside", "unreadable"]


def test_a_file_that_was_repaired_meanwhile_is_left_alone(
    store: ConnectorStore, connectors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = save(store)
    (path,) = connectors.glob("*.json")
    content = path.read_bytes()
    path.write_bytes(b"torn")
    locked = files.locked

    @contextmanager
    def repair_then_lock(lock: Path, timeout_s: float) -> Iterator[None]:
        path.write_bytes(content)
        with locked(lock, timeout_s):
            yield

    monkeypatch.setattr(files, "locked", repair_then_lock)
    assert store.list() == Listing((good,))


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"server": {"host": "h.example", "port": 0}}, "port_invalid", "server.port"),
        ({"provider": "nowhere"}, "provider_unknown", "provider"),
        ({"name": None}, "required", "name"),
        ({"password": "hunter2"}, "secret_in_document", "password"),
        (
            {"authentication": {"method": "none", "Client-Secret": "hunter2"}},
            "secret_in_document",
            "authentication.Client-Secret",
        ),
        ({"stored": 5}, "stored_invalid", "stored"),
        ({"stored": {"revision": "1"}}, "stored_invalid", "stored.revision"),
        ({"stored": {"secrets": {"password": "hunter2"}}}, "stored_invalid", "stored.secrets"),
        ({"stored": {"secrets": ["keyring:0"]}}, "stored_invalid", "stored.secrets"),
        ({"stored": {"id": "another"}}, "copy", "stored.id"),
        ({"schema": 0}, "schema_invalid", "schema"),
    ],
)
def test_c19_a_document_that_breaks_a_rule_is_named_and_left_to_its_author(
    store: ConnectorStore, connectors: Path, change: dict[str, Any], reason: str, field: str
) -> None:
    good = save(store)
    path = put_file(connectors, make_connector("Bad").to_json() | change)
    before = tree(store.directory)
    assert store.list() == Listing((good,), (DamagedFile(path, reason, field),))
    assert "hunter2" not in repr(store.list())
    assert tree(store.directory) == before


def test_a_file_written_by_hand_is_a_connector(store: ConnectorStore, connectors: Path) -> None:
    put_file(connectors, make_connector("By hand").to_json() | {"default": True}, "mine.json")
    (stored,) = store.list().connectors
    assert (stored.id, stored.revision, stored.secrets) == ("mine", 0, {})
    assert save(store, "By hand", expected=stored).revision == 1
    assert os.listdir(connectors) == ["mine.json"]


def test_c16_a_conflict_copy_is_recognised(store: ConnectorStore, connectors: Path) -> None:
    good = save(store)
    (path,) = connectors.glob("*.json")
    copy = connectors / f"{good.id} (conflicted copy).json"
    copy.write_bytes(path.read_bytes())
    listing = store.list()
    assert listing == Listing((good,), (DamagedFile(copy, "copy", "stored.id"),))


def test_other_names_are_no_connectors(store: ConnectorStore, connectors: Path) -> None:
    good = save(store)
    for name in (".hidden.json", "notes.txt", f".{good.id}.json.1.tmp", "x.json~"):
        put_file(connectors, b"no JSON", name)
    assert store.list() == Listing((good,))


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("fifo", marks=capabilities.named_pipes),
        "directory",
        pytest.param("device", marks=[capabilities.symbolic_links, capabilities.device_files]),
        pytest.param("dangling", marks=capabilities.symbolic_links),
        pytest.param("loop", marks=capabilities.symbolic_links),
    ],
)
def test_what_is_no_file_hangs_nothing(store: ConnectorStore, connectors: Path, kind: str) -> None:
    good = save(store)
    path = connectors / "bad.json"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        target = {"device": "/dev/zero", "dangling": "nowhere", "loop": "bad.json"}[kind]
        path.symlink_to(target)
    listing = store.list()
    assert listing.connectors == (good,)
    assert listing.damaged == (() if kind == "dangling" else (DamagedFile(path, "unreadable"),))
    assert os.path.lexists(path)
    save(store, "Second")


# --- later versions


def test_c10_a_newer_file_is_listed_and_never_rewritten(
    store: ConnectorStore, connectors: Path
) -> None:
    good = save(store)
    document = {"schema": 7, "name": "Fut\u202eure", "server": ["all", "new"]}
    path = put_file(connectors, document, "new.json")
    nameless = put_file(connectors, {"schema": 2, "name": 5}, "nameless.json")
    before = tree(connectors)
    listing = store.list()
    assert listing.connectors == (good,)
    assert listing.damaged == ()
    assert listing.newer == (
        NewerFile(nameless, 2, None),
        NewerFile(path, 7, "Fut\\u202eure"),
    )
    stored = good._replace(id="new")
    for call in (lambda: save(store, expected=stored), lambda: store.remove(stored)):
        error = refusal(call)
        assert (type(error), error.code) == (StorageError, "read_only_newer")
        assert error.facts == {"path": str(path), "schema": 7}
    assert tree(connectors) == before


def test_the_name_of_a_newer_connector_is_taken(store: ConnectorStore, connectors: Path) -> None:
    put_file(connectors, {"schema": 2, "name": "Invoices"})
    assert refusal(lambda: save(store)).code == "name_taken"


@pytest.mark.parametrize(
    ("data", "maybe"),
    [
        (rb'{"name": "Invoices"}', True),
        (rb'{"name": " invoices\t"}', True),
        (rb'{"name": "\u0049nvoices"}', True),
        (rb'{"n\u0061me": "Orders"}', True),
        (rb'{"name": "Orders\n"}', False),
        (rb'{"name": "Inv\oices"}', False),
    ],
)
def test_a_name_is_looked_for_in_the_bytes(data: bytes, maybe: bool) -> None:
    assert may_be_named(data, name_key("Invoices")) is maybe


def test_a_name_is_taken_by_a_connector_s_own_name_alone(
    store: ConnectorStore, connectors: Path
) -> None:
    put_file(connectors, {"schema": 1, "name": "Orders", "x": {"name": "Invoices"}})
    assert save(store).connector.name == "Invoices"


def test_a_name_that_is_no_text_takes_none(store: ConnectorStore, connectors: Path) -> None:
    put_file(connectors, {"schema": 1, "name": 1, "x": {"name": "Invoices"}})
    assert save(store).connector.name == "Invoices"


def test_a_newer_project_or_settings_file_is_never_rewritten(
    data: DataDirectory, store: ConnectorStore
) -> None:
    put_file(store.directory, {"schema": 2, "name": "Acme", "domain": "x.example"}, "project.json")
    put_file(data.path, {"schema": 2, "project": "default"}, "settings.json")
    before = tree(data.path)
    project = data.current_project()
    assert (project.name, project.domain) == ("Acme", "x.example")
    for call in (
        lambda: data.set_project(project, domain="y.example"),
        lambda: data.set_setting("secret_store", "file"),
        lambda: save(store),
    ):
        assert refusal(call).code == "read_only_newer"
    assert tree(data.path) == before


# --- two at work


def test_c05_the_second_save_of_one_connector_is_refused(store: ConnectorStore) -> None:
    first = save(store)
    mine = save(store, expected=first, description="mine")
    before = tree(store.directory)
    error = refusal(lambda: save(store, expected=first, description="theirs"))
    assert (type(error), error.code) == (StorageError, "changed_elsewhere")
    assert tree(store.directory) == before
    assert store.list().connectors == (mine,)


def test_c18_an_edit_by_hand_counts_though_revision_and_time_are_the_same(
    store: ConnectorStore, connectors: Path
) -> None:
    saved = save(store)
    (path,) = connectors.glob("*.json")
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_text(path.read_text().replace("mail.example.com", "mail.example.org"))
    os.utime(path, ns=times)
    assert refusal(lambda: save(store, expected=saved)).code == "changed_elsewhere"
    (stored,) = store.list().connectors
    os.utime(path, (0, 0))  # back to 1970: the clock decides nothing
    assert save(store, expected=stored).revision == 2


@pytest.mark.parametrize("content", [None, b"torn", b"{}"])
def test_a_connector_gone_or_damaged_meanwhile_is_not_written(
    store: ConnectorStore, connectors: Path, content: bytes | None
) -> None:
    saved = save(store)
    (path,) = connectors.glob("*.json")
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    before = tree(store.directory)
    assert refusal(lambda: save(store, expected=saved)).code == "changed_elsewhere"
    assert tree(store.directory) == before


WORKER = """
import sys
from pathlib import Path
from smtpwizard.model.errors import SmtpWizardError
from smtpwizard.storage import ConnectorStore
from tests.test_storage import defaults_for, make_connector
store = ConnectorStore(Path(sys.argv[1]), "default", defaults_for)
before = {s.connector.name: s for s in store.list().connectors}
print("ready", flush=True)
sys.stdin.readline()
try:
    name = sys.argv[2]
    store.save(make_connector(name, description=sys.argv[3]), secrets={}, expected=before.get(name))
    print("saved", flush=True)
except SmtpWizardError as error:
    print(error.code, flush=True)
"""


def run_workers(data: DataDirectory, names: list[str]) -> list[str]:
    """What each of several processes says that start one save at the same moment."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(data.path), name, f"worker {number}"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number, name in enumerate(names)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
        return [worker.communicate(timeout=300)[0].strip() for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def test_c06_processes_saving_different_connectors_keep_them_all(
    data: DataDirectory, store: ConnectorStore
) -> None:
    names = [f"Connector {number}" for number in range(8)]
    assert run_workers(data, names) == ["saved"] * 8
    listing = store.list()
    assert [stored.connector.name for stored in listing.connectors] == names
    assert listing.damaged == ()
    assert store.default_id() in [stored.id for stored in listing.connectors]


def test_processes_creating_one_name_leave_one_connector(
    data: DataDirectory, store: ConnectorStore
) -> None:
    answers = run_workers(data, ["Invoices", "invoices", "INVOICES", "Invoices"])
    assert sorted(answers) == ["name_taken"] * 3 + ["saved"]
    assert len(store.list().connectors) == 1


def test_processes_saving_one_connector_get_one_through(
    data: DataDirectory, store: ConnectorStore
) -> None:
    save(store)
    assert sorted(run_workers(data, ["Invoices"] * 4)) == ["changed_elsewhere"] * 3 + ["saved"]
    (stored,) = store.list().connectors
    assert stored.revision == 2


def test_k03_a_lock_goes_with_its_process(data: DataDirectory, store: ConnectorStore) -> None:
    save(store)
    code = (
        "import sys; from pathlib import Path; from smtpwizard import files\n"
        "with files.locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.readline()"
    )
    lock = store.directory / ".lock"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(lock)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(StorageError) as caught, files.locked(lock, timeout_s=0.05):
                pass
            assert caught.value.code == "locked"
            assert caught.value.facts == {"path": str(lock)}
        finally:
            holder.kill()
    save(store, "Second")


def test_c20_a_file_system_without_locks_says_so(
    store: ConnectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(files, "_lock", refuse)
    error = refusal(lambda: save(store))
    assert (error.code, error.facts["reason"]) == ("lock_unsupported", "ENOLCK")
    with pytest.raises(StorageError) as caught, store.pending(REF):
        pass
    assert caught.value.code == "lock_unsupported"


# --- the default


def test_the_first_connector_is_the_default(store: ConnectorStore) -> None:
    first = save(store, "First")
    second = save(store, "Second")
    assert store.default_id() == first.id
    store.set_default(second)
    assert store.default_id() == second.id
    third = save(store, "Third", make_default=True)
    assert store.default_id() == third.id
    save(store, "First", expected=first, make_default=True)
    assert store.default_id() == first.id


def test_removing_the_default_leaves_none_until_one_is_alone(store: ConnectorStore) -> None:
    first, second, third = (save(store, name) for name in ("First", "Second", "Third"))
    store.remove(first)
    assert store.default_id() is None
    save(store, "Fourth")
    assert store.default_id() is None, "only the first connector becomes the default by itself"
    store.remove(second)
    for stored in store.list().connectors:
        if stored != third:
            store.remove(stored)
    assert store.default_id() == third.id
    fifth = save(store, "Fifth")
    assert store.default_id() == third.id
    store.remove(third)
    assert store.default_id() == fifth.id


def test_the_default_must_exist(store: ConnectorStore) -> None:
    saved = save(store)
    store.remove(saved)
    assert refusal(lambda: store.set_default(saved)).code == "changed_elsewhere"


# --- removal and history


def test_removing_takes_the_history_along(store: ConnectorStore, connectors: Path) -> None:
    saved = save(store)
    store.change_verification(saved.id, lambda _: {"ok": True})
    assert store.read_verification(saved.id) == {"ok": True}
    assert store.has(saved.id)
    store.remove(saved)
    assert store.list() == Listing(())
    assert store.read_verification(saved.id) is None
    assert os.listdir(connectors) == os.listdir(store.directory / "history") == []
    store.remove(saved)
    store.change_verification(saved.id, lambda _: {"ok": True})
    assert store.read_verification(saved.id) is None, "nothing is written for what is gone"


def test_removing_what_changed_elsewhere_is_refused(store: ConnectorStore) -> None:
    saved = save(store)
    newer = save(store, expected=saved)
    assert refusal(lambda: store.remove(saved)).code == "changed_elsewhere"
    assert store.list().connectors == (newer,)


def test_a_damaged_record_is_no_record(store: ConnectorStore) -> None:
    saved = save(store)
    store.change_verification(saved.id, lambda _: {"ok": True})
    (path,) = (store.directory / "history").iterdir()
    path.write_bytes(b"torn")
    assert store.read_verification(saved.id) is None
    path.unlink()
    path.mkdir()
    assert store.read_verification(saved.id) is None
    bad: dict[str, Any] = {"at": object()}
    assert refusal(lambda: store.change_verification(saved.id, lambda _: bad)).code == "not_json"


# --- secrets whose fate is open


def leave_a_mark(store: ConnectorStore, ref: str) -> None:
    """What a save leaves behind that did not end well."""
    with pytest.raises(KeyError), store.pending(ref):
        raise KeyError


def test_a_mark_is_undecided_when_its_save_did_not_end(store: ConnectorStore) -> None:
    with store.pending(REF):
        assert store.undecided() == (), "a live process holds it"
    assert store.undecided() == ()
    leave_a_mark(store, REF)
    assert store.undecided() == (REF,)
    assert store.undecided() == (REF,), "until it is forgotten"
    store.forget(REF)
    store.forget(REF)
    assert store.undecided() == ()


def test_a_reference_that_a_file_names_is_decided(store: ConnectorStore, connectors: Path) -> None:
    leave_a_mark(store, REF)
    save(store, secrets={"password": REF})
    assert store.undecided() == ()
    assert os.listdir(store.directory / "pending") == []
    for number, name in enumerate(("newer.json", "x.json.corrupt-20260101T000000Z")):
        ref = f"keyring:{number}{number}"
        leave_a_mark(store, ref)
        put_file(connectors, f'{{"schema": 9, "x": "{ref}"'.encode(), name)
        assert store.undecided() == (), name


def test_nothing_is_undecided_while_a_file_cannot_be_read(
    store: ConnectorStore, connectors: Path
) -> None:
    leave_a_mark(store, REF)
    (connectors / "unreadable.json").mkdir()
    assert store.undecided() == ()
    (connectors / "unreadable.json").rmdir()
    assert store.undecided() == (REF,)


def test_two_saves_deciding_about_one_secret(store: ConnectorStore) -> None:
    with store.pending(REF):
        with pytest.raises(StorageError) as caught, store.pending(REF):
            pass
        assert caught.value.code == "changed_elsewhere"


def test_only_references_are_marked(store: ConnectorStore) -> None:
    for ref in ("../x", "keyring:", "keyring:a/b", "keyring", "", "keyring:x\n"):
        with pytest.raises(ValueError), store.pending(ref):
            pass
    assert not store.directory.exists()
    with store.pending(REF):
        put_file(store.directory / "pending", b"", "strange name")
        (store.directory / "pending" / "folder").mkdir()
    assert store.undecided() == ()


# --- permissions and links


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o177])
@capabilities.access_rights
def test_c14_everything_is_for_the_user_alone(
    data: DataDirectory, store: ConnectorStore, mask: int
) -> None:
    with umask(mask):
        saved = save(store)
        store.change_verification(saved.id, lambda _: {"ok": True})
        data.set_setting("secret_store", "file")
        leave_a_mark(store, REF)
    found = list(data.path.rglob("*"))
    assert len(found) > 8
    for path in (data.path, *found):
        wanted = 0o700 if path.is_dir() else 0o600
        assert mode(path) & ~wanted == 0, path
        if not path.name.startswith(".") and path.parent.name != "pending":
            assert mode(path) == wanted, path


@capabilities.access_rights
def test_c14_an_open_file_is_closed_by_the_next_save(
    store: ConnectorStore, connectors: Path
) -> None:
    saved = save(store)
    (path,) = connectors.glob("*.json")
    path.chmod(0o644)
    save(store, expected=saved)
    assert mode(path) == 0o600


@capabilities.access_rights
def test_c14_the_mode_is_set_before_the_data(
    store: ConnectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def watched(descriptor: int, content: bytes) -> int:
        assert stat.S_IMODE(os.fstat(descriptor).st_mode) == 0o600
        return write(descriptor, content)

    monkeypatch.setattr(os, "write", watched)
    with umask(0):
        save(store)


@capabilities.access_rights
def test_a_directory_that_is_there_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    data = DataDirectory(tmp_path / "shared")
    assert not data.private()
    save(ConnectorStore(data, "default", defaults_for))
    assert mode(data.path) == 0o777
    assert mode(data.path / "projects") == 0o700
    data.path.chmod(0o755)
    assert data.private()


@capabilities.symbolic_links
def test_c13_a_link_is_replaced_and_its_target_untouched(
    tmp_path: Path, store: ConnectorStore, connectors: Path
) -> None:
    saved = save(store)
    (path,) = connectors.glob("*.json")
    target = tmp_path / "elsewhere.json"
    content = path.read_bytes()
    target.write_bytes(content)
    path.unlink()
    path.symlink_to(target)
    (stored,) = store.list().connectors
    assert stored == saved
    save(store, "Changed", expected=stored)
    assert target.read_bytes() == content
    assert not path.is_symlink()


def test_c13_a_hard_link_is_cut(store: ConnectorStore, connectors: Path, tmp_path: Path) -> None:
    saved = save(store)
    (path,) = connectors.glob("*.json")
    content = path.read_bytes()
    os.link(path, tmp_path / "linked")
    save(store, "Changed", expected=saved)
    assert (tmp_path / "linked").read_bytes() == content


@capabilities.symbolic_links
def test_c13_a_link_to_a_foreign_file_is_set_aside_as_a_link(
    store: ConnectorStore, connectors: Path, tmp_path: Path
) -> None:
    save(store)
    (tmp_path / "profile").write_text("export PATH\n")
    (connectors / "bad.json").symlink_to(tmp_path / "profile")
    (damaged,) = store.list().damaged
    assert damaged.path.is_symlink()
    assert (tmp_path / "profile").read_text() == "export PATH\n"


@capabilities.links_that_are_not_followed
def test_c13_a_link_in_place_of_the_lock_is_not_followed(
    store: ConnectorStore, tmp_path: Path
) -> None:
    files.make_private_directory(store.directory)
    (store.directory / ".lock").symlink_to(tmp_path / "made by the lock")
    error = refusal(lambda: save(store))
    assert (error.code, error.facts["reason"]) == ("data_dir_unwritable", "ELOOP")
    assert not (tmp_path / "made by the lock").exists()


@capabilities.symbolic_links
def test_c13_the_folder_may_lie_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    store = ConnectorStore(tmp_path / "link", "default", defaults_for)
    saved = save(store)
    assert store.list().connectors == (saved,)
    assert (tmp_path / "link").is_symlink()


@contextmanager
def ordinary_user(path: Path) -> Iterator[None]:
    """What root may always do, nobody else may: give `path` to a plain user and be that user."""
    if os.geteuid() != 0:
        yield
        return
    for found in (path, *path.rglob("*")):
        os.chown(found, 65534, 65534)
    modes = {above: mode(above) for above in path.parents if mode(above) & 0o011 != 0o011}
    for above, before in modes.items():
        above.chmod(before | 0o011)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        for above, before in modes.items():
            above.chmod(before)


@capabilities.access_rights
def test_c04_a_read_only_directory_reads_and_refuses_to_save(
    data: DataDirectory, store: ConnectorStore, connectors: Path
) -> None:
    saved = save(store)
    torn = put_file(connectors, b"torn")
    directories = [path for path in (data.path, *data.path.rglob("*")) if path.is_dir()]
    before = tree(data.path)
    for path in directories:
        path.chmod(0o500)
    try:
        with ordinary_user(data.path):
            assert not data.writable()
            listing = store.list()
            assert listing.connectors == (saved,)
            assert listing.damaged == (DamagedFile(torn, "not_json"),), "named where it lies"
            assert store.default_id() == saved.id
            for call in (
                lambda: save(store, expected=saved),
                lambda: save(store, "New"),
                lambda: store.remove(saved),
                lambda: store.change_verification(saved.id, lambda _: {}),
                lambda: data.set_setting("a", 1),
                lambda: data.create_project("Acme"),
            ):
                error = refusal(call)
                assert (type(error), error.code) == (StorageError, "data_dir_unwritable")
                assert error.facts["reason"] == "EACCES"
    finally:
        for path in directories:
            path.chmod(0o700)
    assert tree(data.path) == before


@capabilities.access_rights
def test_c04_a_directory_nobody_may_enter(data: DataDirectory, store: ConnectorStore) -> None:
    save(store)
    (data.path / "projects").chmod(0)
    try:
        with ordinary_user(data.path):
            for call in (store.list, data.projects, store.default_id):
                assert refusal(call).code == "data_dir_unreadable"
            assert refusal(lambda: save(store)).code == "data_dir_unwritable"
    finally:
        (data.path / "projects").chmod(0o700)


@capabilities.access_rights
def test_c04_one_unreadable_file_hides_no_other(
    data: DataDirectory, store: ConnectorStore, connectors: Path
) -> None:
    good = save(store)
    locked = put_file(connectors, b"{}")
    with ordinary_user(data.path):
        locked.chmod(0)
        assert store.list() == Listing((good,), (DamagedFile(locked, "unreadable"),))
        save(store, "New")


def test_c04_a_file_in_place_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    data = DataDirectory(tmp_path / "file")
    store = ConnectorStore(data, "default", defaults_for)
    assert refusal(store.list).code == "data_dir_unreadable"
    assert refusal(data.projects).code == "data_dir_unreadable"
    assert refusal(lambda: save(store)).code == "data_dir_unwritable"
    assert not data.writable()


# --- projects


def test_projects_are_made_named_and_chosen(data: DataDirectory) -> None:
    acme = data.create_project("  Acme & Söhne ")
    assert acme.name == "Acme & Söhne"
    assert [project.name for project in data.projects()] == ["Acme & Söhne", "Default"]
    assert data.current_project().id == "default"
    assert data.use_project("ACME & SÖHNE") == acme
    assert data.current_project() == acme
    data.use_project("default")
    assert data.current_project().id == "default"
    assert refusal(lambda: data.use_project("Nobody")).code == "project_unknown"


def test_project_values_are_set_and_cleared(data: DataDirectory) -> None:
    default = data.current_project()
    project = data.set_project(
        default, domain="flows.example.com", base_url="https://x.example:8443/a", environment="test"
    )
    assert data.current_project() == project
    assert (project.name, project.domain) == ("Default", "flows.example.com")
    assert (project.base_url, project.environment) == ("https://x.example:8443/a", "test")
    project = data.set_project(default, domain="", environment=None)
    assert (project.domain, project.environment) == (None, None)
    assert project.base_url == "https://x.example:8443/a", "what was not named is kept"
    assert data.set_project(project, name="Main").name == "Main"
    assert [project.name for project in data.projects()] == ["Main"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": ""}, "required"),
        ({"name": " \t"}, "required"),
        ({"name": "a\nb"}, "control_characters"),
        ({"name": "n" * 1001}, "too_long"),
        ({"name": "aCME"}, "project_taken"),
        ({"domain": "no dots"}, "domain_invalid"),
        ({"domain": "localhost"}, "domain_invalid"),
        ({"base_url": "ftp://x.example"}, "url_invalid"),
        ({"base_url": "https://user:hunter2@x.example"}, "url_invalid"),
        ({"colour": "red"}, "project_key_unknown"),
    ],
)
def test_bad_project_values_are_refused(
    data: DataDirectory, values: dict[str, str], code: str
) -> None:
    data.create_project("Acme")
    before = tree(data.path)
    error = refusal(lambda: data.set_project(data.current_project(), **values))
    assert (type(error), error.code) == (UsageError, code)
    assert error.facts["field"] in values
    assert "hunter2" not in str(error.facts)
    if "name" in values:
        assert refusal(lambda: data.create_project(values["name"])).code == code
    assert tree(data.path) == before


def test_a_project_keeps_what_it_does_not_know(data: DataDirectory, store: ConnectorStore) -> None:
    put_file(store.directory, {"name": "Main", "colour": "red", "domain": 5}, "project.json")
    project = data.current_project()
    assert (project.name, project.domain, project.extra) == ("Main", None, {"colour": "red"})
    saved = save(store)
    data.set_project(project, environment="test")
    project = data.current_project()
    assert (project.extra, project.default_id) == ({"colour": "red"}, saved.id)


def test_a_damaged_project_file_is_set_aside_and_the_connectors_stay(
    data: DataDirectory, store: ConnectorStore
) -> None:
    saved = save(store)
    acme = data.create_project("Acme")
    paths = [data.project_directory(name) / "project.json" for name in ("default", acme.id)]
    for path in paths:
        path.write_bytes(b"torn")
    assert {project.name for project in data.projects()} == {"Default", acme.id}
    listing = store.list()
    assert listing.connectors == (saved,)
    assert [found.reason for found in listing.damaged] == ["not_json"]
    assert store.default_id() == saved.id
    save(store, "Second")
    assert store.default_id() == saved.id


def test_a_damaged_file_about_to_be_changed_is_set_aside_first(
    data: DataDirectory, store: ConnectorStore
) -> None:
    put_file(store.directory, b"torn", "project.json")
    put_file(data.path, b"torn", "settings.json")
    save(store)
    data.set_setting("a", 1)
    assert data.settings() == {"schema": 1, "a": 1}
    assert len(store.list().damaged) == 2


def test_folders_that_are_no_projects_are_not_listed(data: DataDirectory) -> None:
    (data.path / "projects" / "empty").mkdir(parents=True)
    (data.path / "projects" / "file").write_text("")
    assert data.projects() == (Project("default", "Default"),)


def test_settings_are_kept_one_by_one(data: DataDirectory) -> None:
    data.set_setting("secret_store", "file")
    data.set_setting("project", "nowhere")
    data.set_setting("window", {"size": [800, 600]})
    assert data.settings() == {
        "schema": 1,
        "secret_store": "file",
        "project": "nowhere",
        "window": {"size": [800, 600]},
    }
    assert data.current_project().id == "default", "a project that is gone is none"
    data.settings_path.unlink()
    data.settings_path.mkdir()
    assert data.settings() == {}
    assert refusal(lambda: data.set_setting("a", 1)).code == "data_dir_unreadable"


def test_provider_files_are_read_in_the_order_of_their_names(
    data: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = data.path / "providers.d"
    for name, content in (("b.toml", b"b"), ("a.toml", b"\xef\xbb\xbfa"), ("c.txt", b"c")):
        put_file(directory, content, name)
    assert list(data.provider_files().values()) == ["a", "b"]
    for content in (b"\xff", b" " * (files.MAX_BYTES + 1)):
        path = put_file(directory, content, "d.toml")
        error = refusal(data.provider_files)
        assert (error.code, error.facts["path"]) == ("provider_file_damaged", str(path))
    path.unlink()
    path.mkdir()
    assert refusal(data.provider_files).facts["reason"] == "no regular file"
    path.rmdir()

    def denied(path: Path, limit: int) -> str:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(files, "read_text", denied)
    assert refusal(data.provider_files).code == "data_dir_unreadable"


# --- start-up


def test_a_drive_that_is_not_there_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(Path.cwd().anchor)
    monkeypatch.setattr(Path, "is_dir", lambda path: False)
    files.make_private_directory(root)


def test_storage_imports_nothing_heavy() -> None:
    code = (
        "import sys; import smtpwizard.storage; "
        "print(*{'ssl', 'tempfile', 'logging', 'secrets', 'keyring', 'email', "
        "'subprocess', 'socket', 'cryptography', 'asyncio'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


# --- one of many


def test_one_connector_costs_the_reading_of_one(
    store: ConnectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = [save(store, f"Connector {number}") for number in range(30)]
    read: list[bytes] = []
    parse = files.parse_object

    def reading(data: bytes) -> Json:
        read.append(data)
        return parse(data)

    monkeypatch.setattr(files, "parse_object", reading)
    assert store.find("connector 17") == saved[17]
    assert len(read) == 1
    read.clear()
    save(store, "Connector 17", expected=saved[17], description="x")
    save(store, "Another")
    assert len(read) < 15, "saving looks at its own file, the project's and no other"
    read.clear()
    assert store.used(["keyring:nobody"]) == frozenset()
    assert read == []


@pytest.mark.parametrize(
    "name", ["Büro", "a\\b", 'say "x"', "\u00e9t\u00e9", "日本 😀", '{"name": "B"}']
)
def test_a_name_is_found_however_the_file_spells_it(
    store: ConnectorStore, connectors: Path, name: str
) -> None:
    stored = save(store, name)
    path = connectors / f"{stored.id}.json"
    document = json.loads(path.read_bytes())
    texts = [
        json.dumps(document, ensure_ascii=escaped, indent=indent)
        for escaped in (True, False)
        for indent in (None, 2)
    ]
    texts.append(texts[0].replace('"name"', '"n\\u0061me"'))
    texts.append(json.dumps(dict(reversed(document.items()))))
    for text in texts:
        path.write_text(text, encoding="utf-8")
        found = store.find(f"  {name.upper()} ")
        assert isinstance(found, StoredConnector)
        assert found.connector.name == stored.connector.name
        assert refusal(lambda: save(store, name)).code == "name_taken"


def test_names_elsewhere_in_a_file_are_not_the_connector_s(
    store: ConnectorStore, connectors: Path
) -> None:
    stored = save(store, "A", description='"name": "B"')
    document = json.loads((connectors / f"{stored.id}.json").read_bytes())
    document["admin"]["name"] = document["extra"] = "B"
    put_file(connectors, document, f"{stored.id}.json")
    put_file(connectors, b'{"name": "B"', "torn.json")
    put_file(connectors, b"\xff", "bytes.json")
    assert store.find("B") is None
    assert store.find("A") is not None


def test_of_two_with_one_name_the_first_is_found(store: ConnectorStore, connectors: Path) -> None:
    stored = save(store, "A")
    document = json.loads((connectors / f"{stored.id}.json").read_bytes())
    del document["stored"]
    put_file(connectors, document, "0.json")
    found = store.find("A")
    assert isinstance(found, StoredConnector)
    assert found.id == "0"


def test_a_reference_is_used_where_a_connector_names_it(store: ConnectorStore) -> None:
    save(store, "A", secrets={"password": "keyring:one"})
    save(store, "B", description="keyring:two")
    assert store.used(["keyring:one", "keyring:two", "keyring:on"]) == {"keyring:one"}


def test_what_a_project_s_file_says_to_trust(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    other = pem.replace("AAAA", "AAAB")
    broken = pem.replace("AAAA", "A")
    assert data.change_authorities("default", lambda before: (*before, pem)).authorities == (pem,)
    assert data.project("default").name == "Default"
    values: tuple[Any, ...] = (None, "text", pem, 7, {})
    for value in values:
        data.change_project("default", {"authorities": value})
        assert data.project("default").authorities == ()
    data.change_project("default", {"authorities": [pem, 7, broken, "", pem, other, pem + other]})
    assert data.project("default").authorities == (pem, other)
    data.set_project(data.project("default"), environment="test")
    assert data.project("default").authorities == (pem, other)
