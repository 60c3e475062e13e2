"""The first command on a bare machine: what stands in the way is one line, and nothing needs an address."""

import ast
import errno
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BOOTSTRAP = ROOT / "deploy" / "local" / "bootstrap.py"


@pytest.fixture
def clone(tmp_path):
    """What bootstrap.py needs of the repository, and no .venv."""
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / "deploy" / "local").mkdir(parents=True)
    shutil.copy(BOOTSTRAP, tmp_path / "deploy" / "local")
    return tmp_path


@pytest.fixture(scope="module")
def bootstrap():
    spec = importlib.util.spec_from_file_location("bootstrap", BOOTSTRAP)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(clone, *words, **settings):
    return subprocess.run(
        [sys.executable, str(clone / "deploy" / "local" / "bootstrap.py"), *words],
        env={"PATH": os.defpath, "HOME": str(clone), "LANG": "C.UTF-8", **settings},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_old_python_can_read_far_enough_to_say_so():
    ast.parse(BOOTSTRAP.read_text(), feature_version=(3, 6))


def test_locks_have_hashes_and_no_address():
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text, lock
        pinned = re.findall(r"^[a-z0-9].*==", text, re.MULTILINE)
        assert len(pinned) > 5
        assert text.count("--hash=sha256:") >= len(pinned)


def test_every_package_of_ours_is_installed(bootstrap):
    ours = {str(path.parent.relative_to(ROOT)) for path in ROOT.glob("*/pyproject.toml")}
    assert ours | {"deploy/local"} == set(bootstrap.PACKAGES)


def test_a_python_without_ensurepip_is_told_what_to_install(clone):
    hidden = clone / "hidden"
    hidden.mkdir()
    (hidden / "ensurepip.py").write_text("raise ImportError('not here')")
    refused = run(clone, "up", PYTHONPATH=str(hidden))
    assert refused.returncode == 1
    [line] = refused.stderr.strip().splitlines()
    assert f"apt install python3.{sys.version_info[1]}-venv" in line


def test_no_network_is_one_line_and_a_half_made_venv_does_not_stay_in_the_way(clone, bootstrap):
    (clone / ".venv" / "bin").mkdir(parents=True)
    nowhere = "http://127.0.0.1:9/simple"
    refused = run(
        clone,
        "up",
        PIP_INDEX_URL=nowhere,
        UV_INDEX_URL=nowhere,
        PIP_RETRIES="0",
        PIP_CONFIG_FILE=os.devnull,
    )
    assert refused.returncode == 1
    [line] = refused.stderr.strip().splitlines()
    assert "no package index in reach" in line
    assert "making it afresh" in refused.stdout
    assert not list((clone / ".venv").glob(".yiwang-*"))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EROFS, "cannot be written"),
        (errno.EACCES, "cannot be written"),
    ],
)
def test_a_full_disk_and_a_read_only_folder_are_one_line(bootstrap, number, words):
    line = bootstrap.in_one_line(OSError(number, os.strerror(number), "/somewhere/.venv"))
    assert line.startswith("/somewhere/.venv") or "/somewhere/.venv" in line
    assert words in line
    assert "\n" not in line
