"""Rows of other people's lists of items, in either of two shapes.

A whole Guide, as this project exports it, is read here; the flat line that city platforms export in flat_rows.py. What
both are made of, and how their faults are said, is in file_rows.py.
"""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import ValidationError

from catalog.domain.codes import from_guangdong
from catalog.domain.file_rows import (
    FAULTS_MAX,
    FLAT_COLUMNS,
    ImportedRow,
    SourceRow,
    example_row,
    faults_of,
)
from catalog.domain.flat_rows import read_flat
from catalog.domain.guide_sheets import EXAMPLE_MARK
from contracts.guide import Guide


def read_row(row: SourceRow, *, promised_days: Mapping[str, int]) -> ImportedRow:
    """Read one row of either shape; never raises. `promised_days`: by task type, for rows that say none."""
    return _read_guide(row) if row.is_whole else read_flat(row, promised_days)


def in_national_codes(row: SourceRow) -> SourceRow:
    """A row of a list that numbers its task types as 广东政务服务网 does, in the nation's numbers."""
    columns = ("task_type", FLAT_COLUMNS["task_type"])
    mended = {
        name: from_guangdong(str(row.values[name]).strip())
        for name in columns
        if row.values.get(name)
    }
    return replace(row, values={**row.values, **mended}) if mended else row


def _read_guide(row: SourceRow) -> ImportedRow:
    key = str(row.values.get("original_code") or row.values.get("item_code") or "")[:200]
    if str(row.values.get("item_code")).startswith(EXAMPLE_MARK):
        return example_row(row, key)
    faults = list(row.faults)
    try:
        guide = Guide.model_validate(dict(row.values))
    except ValidationError as error:
        faults.extend(faults_of(error, row))
    else:
        if not faults:
            given = frozenset(guide.model_fields_set)
            return ImportedRow(
                number=row.number, key=key, guide=guide, given=given, places=row.places
            )
    return ImportedRow(number=row.number, key=key, guide=None, faults=tuple(faults[:FAULTS_MAX]))
