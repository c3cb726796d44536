"""Finds lessons: those that come with cnnviz, and the teacher's own."""

from pathlib import Path
from typing import Final

from platformdirs import user_data_path, user_documents_path

from cnnviz.data.resources import resource_path
from cnnviz.teaching.errors import LessonError
from cnnviz.teaching.lesson import Lesson
from cnnviz.teaching.reader import read_lesson

PATTERN: Final = "*.md"
_MOST: Final = 200
"""Files of a folder that are read: a folder with more is not one of lessons."""


def bundled_folder() -> Path:
    """Return the folder of the lessons that come with cnnviz."""
    return resource_path("lessons")


def own_folder() -> Path:
    """Return the folder in which a teacher's own lessons are found; it may not exist."""
    return user_documents_path() / "cnnviz lessons"


def answers_file() -> Path:
    """Return the file in which answers are kept; it may not exist."""
    return user_data_path("cnnviz", appauthor=False) / "answers.csv"


def lesson_files(folder: Path) -> tuple[Path, ...]:
    """Return the lesson files of a folder by name; none if it cannot be read."""
    try:
        found = sorted(path for path in folder.glob(PATTERN) if path.is_file())
    except OSError:
        return ()
    return tuple(path for path in found if path.name != "README.md")[:_MOST]


def lessons_of(folder: Path) -> tuple[tuple[Lesson, ...], tuple[LessonError, ...]]:
    """Read the lessons of a folder, and return them with the errors in the others."""
    lessons, errors = [], []
    for path in lesson_files(folder):
        try:
            lessons.append(read_lesson(path))
        except LessonError as error:
            errors.append(error)
    return tuple(lessons), tuple(errors)
