"""A definition draws itself: well-formed, everything named, nothing on top of anything else."""

from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from incident_stories import an_incident
from process_stories import RULE_VALUES, first_definition

from workorder.domain.process.definition import Definition
from workorder.domain.process.layout import layout_of
from workorder.domain.process.picture import Standing, picture_of

SVG = "{http://www.w3.org/2000/svg}"
CODES = ["hotline", "rectification", "correction", "application", "incident"]


def a_definition(code):
    if code == "incident":
        return Definition.model_validate(an_incident())
    return first_definition(code)


def drawn(definition, **options):
    return picture_of(definition, version=1, values=RULE_VALUES, **options)


@pytest.mark.parametrize("code", CODES)
def test_every_state_and_step_is_named_in_well_formed_xml(code):
    definition = a_definition(code)
    root = ElementTree.fromstring(drawn(definition))
    words = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    for each in (*definition.states, *definition.steps):
        assert each.name in words
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title").startswith(definition.name)
    assert definition.steps[-1].name in root.findtext(f"{SVG}desc")


@pytest.mark.parametrize("code", CODES)
def test_no_box_lies_on_another_and_no_way_runs_through_one(code):
    layout = layout_of(a_definition(code))
    for one, other in combinations(layout.boxes.values(), 2):
        assert (
            one.x + one.width <= other.x
            or other.x + other.width <= one.x
            or one.y + one.height <= other.y
            or other.y + other.height <= one.y
        )
    for line in layout.lines:
        assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in line.points)
        for (x1, y1), (x2, y2) in pairwise(line.points):
            for box in layout.boxes.values():
                misses = (
                    max(x1, x2) <= box.x
                    or min(x1, x2) >= box.x + box.width
                    or max(y1, y2) <= box.y
                    or min(y1, y2) >= box.y + box.height
                )
                assert misses, (line.way, box)


def test_what_stands_where_is_written_into_its_state_and_the_slowest_is_named():
    standing = {
        "opened": Standing(count=12, median_seconds=3_600.0, oldest_seconds=86_400.0),
        "processing": Standing(count=7, median_seconds=864_000.0, oldest_seconds=1_728_000.0),
    }
    picture = drawn(first_definition("hotline"), standing=standing)
    root = ElementTree.fromstring(picture)
    states = {
        each.get("data-state"): each for each in root.iter(f"{SVG}g") if each.get("data-state")
    }
    said = "".join(text.text for text in states["processing"].iter(f"{SVG}text"))
    assert "现有 7 件" in said
    assert "中位 10.0 天 · 最久 20.0 天" in said
    assert "等待最久：办理中" in root.findtext(f"{SVG}desc")
    assert "现有" not in "".join(text.text for text in states["closed"].iter(f"{SVG}text"))


def test_a_final_state_is_doubled_and_limits_are_written():
    root = ElementTree.fromstring(drawn(first_definition("hotline")))
    states = {
        each.get("data-state"): each for each in root.iter(f"{SVG}g") if each.get("data-state")
    }
    assert len(states["closed"].findall(f"{SVG}rect")) == 2
    assert len(states["opened"].findall(f"{SVG}rect")) == 1
    hours = RULE_VALUES["hotline-waits"]["opened"]
    assert f"最长等待 {hours} 小时" in "".join(t.text for t in states["opened"].iter(f"{SVG}text"))


def test_names_that_mean_something_in_xml_stay_text():
    wild = an_incident(name='<script>"&\x07]]>')
    root = ElementTree.fromstring(drawn(Definition.model_validate(wild)))
    assert root.findtext(f"{SVG}title").startswith('<script>"&]]>')
    assert not list(root.iter(f"{SVG}script"))
