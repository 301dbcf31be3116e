"""Whose a folder or a file is, with all that leads to it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smtpwizard import files
from smtpwizard.files import part_open_to_others
from smtpwizard.storage import ConnectorStore, DataDirectory
from tests.model.documents import defaults_for

pwd = pytest.importorskip("pwd", reason="needs a list of users and groups")
grp = pytest.importorskip("grp", reason="needs a list of users and groups")

OTHER = 4711


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A file three folders down, each the user's alone."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    for each in (tmp_path / "a", folder):
        each.chmod(0o700)
    (folder / "file").write_text("")
    (folder / "file").chmod(0o600)
    return folder / "file"


@pytest.fixture
def owners(monkeypatch: pytest.MonkeyPatch) -> dict[Path, int]:
    """Who owns a path, where it is another than the one who runs the tests."""
    found: dict[Path, int] = {}
    lstat = os.lstat

    def faked(path: Any) -> Any:
        status = lstat(path)
        owner = found.get(Path(path), status.st_uid)
        return SimpleNamespace(st_mode=status.st_mode, st_uid=owner, st_gid=status.st_gid)

    monkeypatch.setattr(os, "lstat", faked)
    return found


def test_what_is_the_user_s_alone(place: Path) -> None:
    assert part_open_to_others(place) is None
    assert part_open_to_others(place.parent / "not there yet" / "file") is None
    assert part_open_to_others(Path("/")) is None


@pytest.mark.parametrize("part", ["file", ".", ".."])
@pytest.mark.parametrize("mode", [0o702, 0o777])
def test_what_everybody_may_write(place: Path, part: str, mode: int) -> None:
    opened = Path(os.path.normpath(place.parent / part))
    opened.chmod(mode)
    assert part_open_to_others(place) == opened


def test_a_sticky_folder_is_fine_on_the_way_but_not_in_the_end(place: Path) -> None:
    place.parent.chmod(0o1777)
    assert part_open_to_others(place) is None
    assert part_open_to_others(place.parent) == place.parent


@pytest.mark.parametrize("part", ["file", ".", ".."])
def test_what_belongs_to_another(place: Path, owners: dict[Path, int], part: str) -> None:
    foreign = Path(os.path.normpath(place.parent / part))
    owners[foreign] = OTHER
    assert part_open_to_others(place) == foreign
    owners[foreign] = 0
    assert part_open_to_others(place) is None


def test_in_a_sticky_folder_each_has_his_own(place: Path, owners: dict[Path, int]) -> None:
    place.parent.chmod(0o1777)
    owners[place] = OTHER
    assert part_open_to_others(place) == place


def test_links_are_followed_and_judged(
    place: Path, tmp_path: Path, owners: dict[Path, int]
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (shared / "through").symlink_to("../a/../a/b")
    link = tmp_path / "link"
    link.symlink_to(shared / "through" / "file")
    # What lies at the end is the user's, but others may have it lead elsewhere.
    assert part_open_to_others(link) == shared
    shared.chmod(0o1777)
    assert part_open_to_others(link) is None
    owners[shared / "through"] = OTHER
    assert part_open_to_others(link) == shared / "through"


def test_a_link_to_itself_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert part_open_to_others(tmp_path / "loop") == tmp_path / "loop"


# --- groups


class Groups:
    """The system's users and groups as a test wants them; this user is `mailer`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.name = "mailer"
        self.members: list[str] = []
        self.others: list[int] = []
        self.own_gid: int | None = None
        monkeypatch.setattr(pwd, "getpwuid", lambda uid: self.user("mailer", uid, self.own_gid))
        monkeypatch.setattr(
            pwd, "getpwall", lambda: [self.user("o", OTHER, gid) for gid in self.others]
        )
        monkeypatch.setattr(grp, "getgrgid", self.group)
        self.gid = 0

    def user(self, name: str, uid: int, gid: int | None) -> Any:
        return SimpleNamespace(pw_name=name, pw_uid=uid, pw_gid=self.gid if gid is None else gid)

    def group(self, gid: int) -> Any:
        if self.name == "":
            raise KeyError(gid)
        return SimpleNamespace(gr_name=self.name, gr_mem=self.members)


@pytest.fixture
def groups(place: Path, monkeypatch: pytest.MonkeyPatch) -> Groups:
    found = Groups(monkeypatch)
    found.gid = place.stat().st_gid
    place.parent.chmod(0o770)
    return found


def test_the_user_s_private_group_may_write(place: Path, groups: Groups) -> None:
    assert part_open_to_others(place) is None
    groups.members = ["mailer"]
    assert part_open_to_others(place) is None


@pytest.mark.parametrize(
    "change",
    [
        {"name": "staff"},
        {"name": ""},
        {"members": ["mailer", "somebody"]},
        {"others": [0]},
        {"own_gid": OTHER},
    ],
    ids=str,
)
def test_any_other_group_may_not(place: Path, groups: Groups, change: dict[str, Any]) -> None:
    if "others" in change:
        change = {"others": [groups.gid]}
    for name, value in change.items():
        setattr(groups, name, value)
    assert part_open_to_others(place) == place.parent


# --- containers


def test_a_container_that_knows_this_user_alone_has_root_under_another_name(
    place: Path, owners: dict[Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {"/proc/self/uid_map": "0 0 4294967295", "/proc/sys/kernel/overflowuid": str(OTHER)}
    monkeypatch.setattr(Path, "read_text", lambda self, *_: texts[str(self)])
    owners[place.parent] = OTHER
    assert part_open_to_others(place) == place.parent
    texts["/proc/self/uid_map"] = "1000 1000 1"
    assert part_open_to_others(place) is None
    texts["/proc/sys/kernel/overflowuid"] = "?"
    assert part_open_to_others(place) == place.parent


# --- the data folder


@pytest.mark.parametrize(
    "part",
    [
        "", "projects", "projects/default", "projects/default/connectors",
        "projects/default/connectors/x.json", "providers.d", "providers.d/y.toml",
        "approvals.json",
    ],
)  # fmt: skip
def test_all_that_says_where_a_secret_goes(tmp_path: Path, part: str) -> None:
    folder = tmp_path / "data"
    for name in ("projects/default/connectors/x.json", "providers.d/y.toml", "approvals.json"):
        files.make_private_directory((folder / name).parent)
        (folder / name).write_text("{}")
        (folder / name).chmod(0o600)
    data = DataDirectory(folder)
    store = ConnectorStore(data, "default", defaults_for)
    assert store.part_open_to_others("x") is None
    assert data.private()
    opened = folder / part
    # A folder of the data is no place for others' files, sticky or not.
    opened.chmod(stat.S_IMODE(opened.stat().st_mode) | 0o1002)
    assert store.part_open_to_others("x") == opened
    assert data.private() is (part != "")
    if part.endswith("x.json"):
        assert store.part_open_to_others() is None
