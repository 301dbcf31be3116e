"""Commands as texts, by the rules of POSIX shells and of programs for Windows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwizard.usecases.command_words import join_command, split_command


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  \t ", []),
        (r"C:\bin\gpg.exe -d C:\key.gpg", [r"C:\bin\gpg.exe", "-d", r"C:\key.gpg"]),
        (r'"C:\Program Files\x.exe" %s', [r"C:\Program Files\x.exe", "%s"]),
        (r"\\server\share\x.exe", [r"\\server\share\x.exe"]),
        (r'"C:\a folder\\" end', ["C:\\a folder\\", "end"]),
        (r'a"b c"d ""', ["ab cd", ""]),
        (r"it's --say=\"yes\"", ["it's", '--say="yes"']),
    ],
)
def test_windows_keeps_backslashes(text: str, words: list[str]) -> None:
    assert split_command(text, windows=True) == words


def test_posix_as_a_shell_does() -> None:
    assert split_command(r"'/opt/a b/x' \"y", windows=False) == ["/opt/a b/x", '"y']
    assert join_command(["/opt/a b/x", "y"], windows=False) == "'/opt/a b/x' y"


@pytest.mark.parametrize("windows", [True, False])
def test_a_quotation_without_an_end_is_an_error(windows: bool) -> None:
    with pytest.raises(ValueError, match="quotation"):
        split_command('x "y', windows=windows)


@pytest.mark.parametrize("windows", [True, False])
@given(words=st.lists(st.text("ab \\\"'\t%&éπ", max_size=8), max_size=5))
def test_what_is_joined_comes_apart_again(windows: bool, words: list[str]) -> None:
    assert split_command(join_command(words, windows=windows), windows=windows) == words
