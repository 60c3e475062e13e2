"""A README that cannot lie: every command of its first hour is run against a running city."""

import re
import subprocess

import pytest
from services import ROOT

BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "README.md").read_text())


@pytest.mark.parametrize("number", range(1, len(BLOCKS)))
def test_its_commands_work(number, city):
    """Each block after the first, with the first (which defines `city` and `G`) and its own section's before it."""
    script = "set -euo pipefail\n" + "\n".join(BLOCKS[: number + 1])
    ran = subprocess.run(  # noqa: PLW1510  the exit code is what is looked at
        ["bash", "-c", script],
        cwd=ROOT,
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "YIWANG_HOME": str(city.home.root),
            "HOME": str(city.home.root),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout[-800:] + ran.stderr[-1500:]


def test_every_make_target_it_names_exists():
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"`?make ([a-z-]+)", (ROOT / "README.md").read_text()))
    assert {name for name in named if f"\n{name}:" not in makefile} == set()


def test_its_map_names_every_folder():
    readme = (ROOT / "README.md").read_text()
    folders = [p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith((".", "_"))]
    kept = [name for name in folders if name not in {"var", "requirements", "__pycache__"}]
    assert [name for name in kept if f"`{name}/`" not in readme] == []
