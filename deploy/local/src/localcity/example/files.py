"""Writes an example city as files, for those who want to look at it or load it elsewhere."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from localcity.example.generator import ExampleCity
from localcity.trouble import TroubleError

_TABLES: dict[str, tuple[str, ...]] = {
    "divisions": ("code", "name", "level", "parent", "kind"),
    "departments": ("code", "name", "division", "managing_area", "phone", "supervision_phone"),
    "halls": ("code", "name", "division", "address", "hours", "phone"),
    "people": ("sub", "name", "id_number", "division", "role"),
    "companies": ("sub", "name", "credit_code", "legal_person"),
    "officers": ("sub", "name", "role", "department"),
}


def write_city(city: ExampleCity, folder: Path) -> list[Path]:
    """items.jsonl (one guide a line, as the import takes it), a CSV for each table, and the two catalogues."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [
            _write_table(folder / f"{name}.csv", columns, getattr(city, name))
            for name, columns in _TABLES.items()
        ]
        items = folder / "items.jsonl"
        with items.open("w", encoding="utf-8") as file:
            file.writelines(guide.model_dump_json() + "\n" for guide in city.guides)
        catalogues = [
            _write_catalogue(folder / f"{name}.json", getattr(city, name))
            for name in ("certificate_types", "resources")
        ]
    except OSError as error:
        raise TroubleError(f"{folder}: {error.strerror}") from None
    return [items, *written, *catalogues]


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Any]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([getattr(row, column) or "" for column in columns] for row in rows)
    return path


def _write_catalogue(path: Path, entries: Iterable[Any]) -> Path:
    told = [
        {
            field.name: entry.department.code
            if field.name == "department"
            else getattr(entry, field.name)
            for field in fields(entry)
        }
        for entry in entries
    ]
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path
