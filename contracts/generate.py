"""Everything that is written down of the contracts, made from the code.

python contracts/generate.py             write asyncapi/, schemas/, examples/ and openapi/ anew
python contracts/generate.py --check     compare them with the code, and the code with what is released
python contracts/generate.py --release   freeze the present promises under released/

Outside the package `contracts`: it reads every service, and the package stands below them.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chassis.cli import render_openapi
from chassis.service import Service
from contracts.asyncapi import merged_document, service_document
from contracts.compatibility import breaking_changes
from contracts.examples import example_message
from contracts.json_schemas import fact_schema
from contracts.registry import ALL_FACTS, SERVICES
from gateway.own_openapi import own_openapi

HERE = Path(__file__).parent
GENERATED = ("asyncapi", "schemas", "examples", "openapi")
PROMISED = ("schemas", "openapi")
"""The folders of which released/ holds a frozen copy; the others follow from them."""
RELEASED = HERE / "released"


def services() -> list[Service]:
    return [importlib.import_module(f"{name}.service").SERVICE for name in SERVICES]


def readers(of: list[Service]) -> dict[str, list[str]]:
    """Which services hear a fact, from their own tables of consumers."""
    return {
        fact.TYPE: [service.name for service in of if fact.TYPE in service.consumers.subscriptions]
        for fact in ALL_FACTS
    }


def render(document: Any) -> str:
    """The same text for the same content, so that a difference is a change of contract and nothing else."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def generated() -> dict[str, str]:
    """Every file by its name under contracts/."""
    every = services()
    hear = readers(every)
    files = {"asyncapi/yiwang.json": render(merged_document(hear))}
    for service in every:
        document = service_document(service.name, title=service.title, readers=hear)
        files[f"asyncapi/{service.name}.json"] = render(document)
        files[f"openapi/{service.name}.json"] = render_openapi(service)
    files["openapi/gateway.json"] = render(own_openapi())
    for fact in ALL_FACTS:
        files[f"schemas/{fact.TYPE}.json"] = render(fact_schema(fact))
        files[f"examples/{fact.TYPE}.json"] = render(example_message(fact))
    return files


def on_disk(root: Path, folders: tuple[str, ...]) -> dict[str, str]:
    """What stands in these folders now."""
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for folder in folders
        for path in sorted((root / folder).glob("*.json"))
    }


def stale(files: Mapping[str, str]) -> list[str]:
    """Files that are missing, different or left over, one line each."""
    written = on_disk(HERE, GENERATED)
    faults = [f"{name}: missing" for name in files if name not in written]
    faults += [
        f"{name}: differs" for name in files if written.get(name, files[name]) != files[name]
    ]
    return faults + [f"{name}: left over" for name in written if name not in files]


def broken(files: Mapping[str, str]) -> list[str]:
    """What the code breaks of the released promises."""
    return breaking_changes(_parsed(on_disk(RELEASED, PROMISED)), _parsed(files))


def _parsed(files: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: json.loads(text) for name, text in files.items() if name.split("/")[0] in PROMISED
    }


def write(files: Mapping[str, str], root: Path, folders: tuple[str, ...]) -> None:
    """Write what belongs into these folders, and take away what is there no more."""
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in set(on_disk(root, folders)) - set(files):
        (root / name).unlink()
    for name, text in files.items():
        if name.split("/")[0] in folders:
            (root / name).write_text(text)


def _faults(files: Mapping[str, str]) -> Iterator[str]:
    for fault in stale(files):
        yield f"contracts/{fault} - run `make contracts`"
    for change in broken(files):
        yield f"breaks a released promise: {change}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--release", action="store_true")
    options = parser.parse_args()
    files = generated()
    if options.check:
        faults = list(_faults(files))
        sys.stdout.write("".join(f"{fault}\n" for fault in faults))
        sys.stdout.write(f"contracts: {len(files)} files, {len(faults)} faults\n")
        return 1 if faults else 0
    write(files, HERE, GENERATED)
    if options.release:
        write(files, RELEASED, PROMISED)
    sys.stdout.write(f"contracts: {len(files)} files written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
