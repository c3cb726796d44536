"""Names of a session's file, as SQLite gets them."""

import errno
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from cnnviz.training.sessions.session_file import SessionFile, uri_of
from cnnviz.training.sessions.session_paths import check_files


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (
            PurePosixPath("/home/a person/η?%.session"),
            "file:///home/a%20person/%CE%B7%3F%25.session",
        ),
        (PureWindowsPath(r"C:\Users\me\a.session"), "file:///C:/Users/me/a.session"),
        (PureWindowsPath(r"\\server\home\a.session"), "file:////server/home/a.session"),
    ],
)
def test_no_uri_names_a_host_which_sqlite_would_refuse(path: PurePath, uri: str) -> None:
    assert uri_of(path) == uri


def test_a_session_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "η ?mode=ro#%41 é.session"
    SessionFile(path, create=True).close()
    SessionFile(path).close()
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_looked_into_is_left_to_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)
    check_files(tmp_path / "one.session")  # no error that nobody expects
