"""Reads the program and its tests once, where each of pytest-xdist's workers would do it.

Compiles them, rewrites the tests' assertions for pytest, and lists the program's constants, which
Hypothesis likes to try. All caches are those that a worker fills itself if it finds nothing there.
"""

import compileall
import gc
import os
import sys
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.assertion import rewrite


def compile_once(config: pytest.Config, *folders: Path) -> None:
    """Compile the modules in some folders, in as many processes as there are processors.

    Python's and pytest's own caches are filled, so that nothing is compiled that they have: also
    if the environment asks Python to keep nothing, as each worker and program would compile all.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    found = (path for folder in folders for path in folder.rglob("*.py"))
    files = sorted(found, key=lambda path: path.stat().st_size)
    shares = range(os.cpu_count() or 1)
    fork = get_context("fork").Process
    processes = [fork(target=_compile, args=(config, files[k :: len(shares)])) for k in shares]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def _compile(config: pytest.Config, files: list[Path]) -> None:
    gc.disable()
    for path in files:
        if path.name.startswith("test_") or path.name == "conftest.py":
            # A worker reports what is wrong with a file, and does without this if pytest changes.
            with suppress(Exception):
                rewrite_assertions(config, path)
        else:
            compileall.compile_file(path, quiet=2)
            with suppress(Exception):
                list_constants(path)


def rewrite_assertions(config: pytest.Config, path: Path) -> None:
    """Fill pytest's cache with the rewritten assertions of a file; it has no public way."""
    cache = rewrite.get_cache_dir(path) / f"{path.stem}{rewrite.PYC_TAIL}"
    if cache.exists() and cache.stat().st_mtime > path.stat().st_mtime:
        return
    source, code = rewrite._rewrite_test(path, config)
    cache.parent.mkdir(exist_ok=True)
    rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, source, cache)


def list_constants(path: Path) -> None:
    """Fill Hypothesis's cache of the constants of a module; it has no public way."""
    from hypothesis.internal.constants_ast import constants_from_module

    module = ModuleType(path.stem)
    module.__file__ = str(path)
    constants_from_module(module)
