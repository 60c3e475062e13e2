"""The house plan itself: what a linter cannot hold."""

import ast
import re

import pytest
from services import ALL, ROOT, all_sources, sources

PLAN = ("service.py", "__main__.py", "consumers.py", "domain", "use_cases")
EITHER = (
    ("tables.py", "tables"),
    ("routes.py", "routes"),
    ("schemas.py", "schemas"),
    ("queries.py", "queries"),
    ("repository.py", "repository"),
)
FUNCTION_LINES_MAX = 60
GOVERNMENT_WORDS = re.compile(
    r"\b(citizen|applicant|certificate|work_?order|hotline|evaluation|rating|rectification|"
    r"data_?share|guide|clerk|municipal|permit|12345)s?\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("service", ALL, ids=lambda s: s.name)
def test_every_service_has_the_same_plan(service):
    package = ROOT / f"svc-{service.name}" / "src" / service.name
    missing = [name for name in PLAN if not (package / name).exists()]
    missing += [pair[0] for pair in EITHER if not any((package / name).exists() for name in pair)]
    folder = ROOT / f"svc-{service.name}"
    missing += [
        n
        for n in ("README.md", "pyproject.toml", "migrations/env.py", "tests")
        if not (folder / n).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("service", ALL, ids=lambda s: s.name)
def test_every_use_case_file_defines_the_verb_it_is_named_after(service):
    folder = ROOT / f"svc-{service.name}" / "src" / service.name / "use_cases"
    wrong = []
    for path in folder.rglob("*.py"):
        if path.name == "__init__.py":
            continue
        names = {
            n.name
            for n in ast.parse(path.read_text()).body
            if isinstance(n, ast.AsyncFunctionDef | ast.FunctionDef)
        }
        if path.stem not in names:
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


def test_the_chassis_knows_no_word_of_government():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources("chassis")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if GOVERNMENT_WORDS.search(line) and "tls" not in line.lower()
    ]
    assert found == []


def _calls(path, names):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            function = node.func
            name = (
                function.attr
                if isinstance(function, ast.Attribute)
                else getattr(function, "id", "")
            )
            if name in names:
                yield f"{path.relative_to(ROOT)}:{node.lineno}: {name}"


def test_nobody_commits_but_the_chassis():
    found = [
        hit
        for service in ALL
        for path in sources(f"svc-{service.name}")
        for hit in _calls(path, {"commit"})
    ]
    allowed = [hit for hit in found if "/workers" in hit or "/deadlines" in hit]
    assert [hit for hit in found if hit not in allowed] == [], (
        "only loops that open their own transaction end it"
    )


def test_the_domain_asks_nobody_for_time_or_ids():
    found = [
        hit
        for service in ALL
        for path in sources(f"svc-{service.name}")
        if "/domain/" in str(path)
        for hit in _calls(
            path, {"now", "utcnow", "today", "uuid4", "uuid7", "new_id", "random", "token_bytes"}
        )
    ]
    assert found == []


def test_no_function_has_two_jobs_by_its_length():
    long = []
    for path in all_sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                inner = sum(
                    (n.end_lineno or n.lineno) - n.lineno + 1
                    for n in ast.walk(node)
                    if n is not node and isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
                )
                if lines - inner > FUNCTION_LINES_MAX:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}")
    assert long == []


def test_tests_wait_for_states_and_never_for_a_time():
    folders = [
        ROOT / "tests",
        *(ROOT / f"svc-{s.name}" / "tests" for s in ALL),
        ROOT / "gateway/tests",
        ROOT / "chassis/tests",
    ]
    found = []
    for folder in folders:
        for path in folder.rglob("test_*.py"):
            found += list(_calls(path, {"sleep"}))
    assert [hit for hit in found if "/bench/" not in hit] == []


def test_nothing_names_an_outside_address_for_packages():
    words = ("pypi.org", "pythonhosted", "registry.npmjs", "index-url", "extra-index")
    files = [*ROOT.glob("requirements/*"), ROOT / "pyproject.toml", ROOT / "Makefile"]
    assert [f.name for f in files for word in words if word in f.read_text()] == []


def test_decisions_are_listed_and_name_what_enforces_them():
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text()
    for path in folder.glob("[0-9]*.md"):
        text = path.read_text()
        assert f"({path.name})" in listed, path.name
        enforced = text.split("**Enforced by.**")[1]
        named = re.findall(r"`([a-z][\w./-]*/[\w./-]*)(?:::\w+)?`", enforced)
        assert [one for one in named if not (ROOT / one).exists()] == [], path.name
