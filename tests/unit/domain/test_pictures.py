"""Pictures are well-formed, escaped, the same for the same numbers, and as wide as the numbers say."""

import re
from xml.etree import ElementTree as ET

from pipeline.domain.pictures import Bar, Flow, Number, bars, sankey

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_proportional_and_escaped() -> None:
    svg = bars("<title> & more", [Bar("a <b>", Number(10, "10", {"data-value": '"10"'})), Bar("c", Number(5, "5"))])
    tree = ET.fromstring(svg)
    widths = [float(rect.attrib["width"]) for rect in tree.iter(f"{SVG}rect")]
    assert widths[0] == 2 * widths[1]
    assert tree.attrib["aria-label"] == "<title> & more"
    assert [text.text for text in tree.iter(f"{SVG}text")] == ["a <b>", "10", "c", "5"]
    assert bars("t", []) == bars("t", [])


def test_flows_keep_their_shares_and_totals() -> None:
    flows = [
        Flow("a", "in", "admit", Number(3, "3")),
        Flow("a", "out", "reject", Number(1, "1")),
        Flow("b", "in", "redact", Number(4, "4")),
    ]
    svg = sankey("t", flows, {("left", "a"): Number(4, "4", {"data-ask": "q"}), ("right", "in"): Number(7, "7")})
    tree = ET.fromstring(svg)
    widths = [float(path.attrib["stroke-width"]) for path in tree.iter(f"{SVG}path")]
    assert widths[0] == 3 * widths[1]
    assert sum(widths) == 360
    assert [path.find(f"{SVG}title").text for path in tree.iter(f"{SVG}path")] == ["a → in: 3", "a → out: 1", "b → in: 4"]
    assert 'data-ask="q"' in svg
    assert svg == sankey("t", flows, {("left", "a"): Number(4, "4", {"data-ask": "q"}), ("right", "in"): Number(7, "7")})


def test_nothing_is_fetched() -> None:
    svg = sankey("t", [Flow("a", "b", "other", Number(1, "1"))], {})
    assert not re.search(r"href|script|url\(", svg)
