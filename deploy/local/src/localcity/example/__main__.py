"""The example city by hand (`make example SCALE=1`, `make import FILE=items.jsonl`).

python -m localcity.example --seed 445100 --scale 0.02 --out DIR      write it as files
python -m localcity.example load --scale 1                            load it into the running city
python -m localcity.example import-items FILE [--report report.csv]   import another city's list of items
"""

import argparse
import asyncio
import sys
from pathlib import Path

from localcity.city import City
from localcity.example.files import write_city
from localcity.example.generator import SEED, SMALL, ExampleCity, make_city
from localcity.example.importing import import_items
from localcity.example.loader import load_city
from localcity.trouble import TroubleError, in_one_line

COMMANDS = ("write", "load", "import-items")


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m localcity.example", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("write", "load"):
        made = commands.add_parser(name)
        made.add_argument("--seed", type=int, default=SEED, help="same seed, same city")
        made.add_argument("--scale", type=float, default=SMALL, help="1 is 8 543 items")
        if name == "write":
            made.add_argument("--out", type=Path, required=True, help="the folder to write to")
        else:
            made.add_argument(
                "--home", type=Path, default=None, help="the running city's YIWANG_HOME"
            )
    taken = commands.add_parser("import-items")
    taken.add_argument("file", type=Path, help="XLSX, CSV or JSON Lines")
    taken.add_argument(
        "--report", type=Path, default=None, help="default: in the city's home, FILE.report.csv"
    )
    taken.add_argument("--home", type=Path, default=None, help="the running city's YIWANG_HOME")
    # Without a command the files are written.
    return parser.parse_args(
        words if words and words[0] in {*COMMANDS, "-h", "--help"} else ["write", *words]
    )


def _city(asked: argparse.Namespace) -> ExampleCity:
    try:
        return make_city(asked.seed, asked.scale)
    except ValueError as error:
        raise TroubleError(str(error)) from None


def _run(asked: argparse.Namespace) -> None:
    if asked.command == "import-items":
        city = City.attached(asked.home)
        report = asked.report or city.home.root / f"{asked.file.stem}.report.csv"
        asyncio.run(import_items(city, asked.file, report=report))
    elif asked.command == "load":
        asyncio.run(load_city(City.attached(asked.home), _city(asked)))
    else:
        for path in write_city(_city(asked), asked.out):
            print(path)


def main(words: list[str]) -> int:
    try:
        _run(_parse(words))
    except TroubleError as trouble:
        print(f"yiwang: {trouble}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"yiwang: {in_one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
