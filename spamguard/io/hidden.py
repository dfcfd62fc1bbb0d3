"""Which elements of a page nobody sees: hidden by an attribute, their own style, or a plain rule of a `<style>`.

Of the rules, those for an element name, a class or an id (`div`, `.a`, `#b`, `div.a`, `div#b`) are looked up; others, and
those inside ``@media``, are not: whether they apply takes a browser. ``aria-hidden`` hides from screen readers only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import tinycss2
from tinycss2.color3 import parse_color

SEEN = {"html", "head", "body", "script", "style", "noscript", "template", "title"}
"""Elements that are never blocks of their own: without text a reader sees, or the page itself, shown by a script."""

AWAY = -999
"""Pixels from which a place is off the screen."""
TINY = 1
"""Pixels up to which a box or letter is nothing."""

OFFSETS = ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top")
SIZES = ("height", "width", "max-height", "max-width")
PROPERTIES = {
    *OFFSETS, *SIZES, "display", "visibility", "font-size", "overflow", "overflow-x", "overflow-y", "color", "background",
    "background-color",
}  # fmt: skip
INHERITED = ("visibility", "font-size")
"""What an element below gives itself anew: a list of size 0 whose items have a size is seen."""
PIXELS = {"px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "vw": 10.0, "vh": 10.0, "%": 10.0}
"""Of a unit, on an ordinary screen."""

_SELECTOR = re.compile(r"(?:[a-z][a-z0-9]*)?(?:[.#][\w-]+)?", re.I)

Style = Mapping[str, Sequence[Any]]


def hidden(root: Any) -> Iterator[tuple[Any, str]]:
    """The outermost hidden elements below an lxml element, each with what hides it, such as ``"display: none"``."""
    from lxml import etree

    rules: dict[str, dict[str, Sequence[Any]]] = {}
    for sheet in root.iter("style"):
        for selector, style in _rules(sheet.text or ""):
            rules.setdefault(selector, {}).update(style)
    styles = {element: style for element in root.iter("*") if (style := _style(element, rules))}
    seen = {name: _above(element for element, style in styles.items() if name in style) for name in INHERITED}
    inside = None  # the last hidden element, while its descendants pass by
    for event, element in etree.iterwalk(root, events=("start", "end"), tag="*"):
        if event == "end":
            inside = None if element is inside else inside
        elif inside is None and element.tag not in SEEN:
            how = _how(
                element, {name: v for name, v in styles.get(element, {}).items() if element not in seen.get(name, ())}
            )
            if how:
                inside = element
                yield element, how


def _above(elements: Iterable[Any]) -> set[Any]:
    """All ancestors of elements."""
    found: set[Any] = set()
    for element in elements:
        for above in element.iterancestors():
            if above in found:
                break
            found.add(above)
    return found


def _how(element: Any, style: Style) -> str | None:
    if "hidden" in element.attrib and element.get("hidden") != "until-found":
        return "hidden"
    for name, hides in (("display", {"none"}), ("visibility", {"hidden", "collapse"})):
        if (value := _word(style.get(name))) in hides:
            return f"{name}: {value}"
    size = _pixels(style.get("font-size"))
    if size is not None and 0 <= size <= TINY:
        return f"font-size: {size:g}px"
    for name in OFFSETS:
        if (place := _pixels(style.get(name))) is not None and place <= AWAY:
            return f"{name}: {place:g}px"
    if any(_word(style.get(name)) in {"hidden", "clip"} for name in ("overflow", "overflow-x", "overflow-y")):
        for name in SIZES:
            if (size := _pixels(style.get(name))) is not None and size <= TINY:
                return f"{name}: {size:g}px; overflow: hidden"
    color, background = (_color(style.get(name)) for name in ("color", "background-color"))
    if color and color == (background or _color(style.get("background"))):
        return "color of the background"
    return None


def _style(element: Any, rules: Mapping[str, Style]) -> Style:
    """What is declared for an element, the weightier over the lighter."""
    found: dict[str, Sequence[Any]] = {}
    if rules:
        name = element.tag
        marks = [f".{word}" for word in (element.get("class") or "").split()]
        marks_of_id = [f"#{element.get('id')}"] if element.get("id") else []
        for selector in (name, *marks, *(name + m for m in marks), *marks_of_id, *(name + m for m in marks_of_id)):
            found.update(rules.get(selector, ()))
    own = element.get("style")
    if own:
        found.update(_declared(own))
    return found


@lru_cache(maxsize=4096)
def _declared(css: str) -> Style:
    return _declarations(tinycss2.parse_blocks_contents(css, skip_comments=True, skip_whitespace=True))


@lru_cache(maxsize=64)
def _rules(css: str) -> list[tuple[str, Style]]:
    """The selectors of a style sheet that are plain, in order; pages of one site share theirs."""
    found = []
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule":
            continue
        style = _declarations(tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True))
        if style:
            selectors = (part.strip() for part in tinycss2.serialize(rule.prelude).split(","))
            found += [(selector, style) for selector in selectors if selector and _SELECTOR.fullmatch(selector)]
    return found


def _declarations(nodes: Sequence[Any]) -> Style:
    return {
        node.lower_name: [token for token in node.value if token.type not in ("whitespace", "comment")]
        for node in nodes
        if node.type == "declaration" and node.lower_name in PROPERTIES
    }


def _word(value: Sequence[Any] | None) -> str | None:
    return value[0].lower_value if value and value[0].type == "ident" else None


def _pixels(value: Sequence[Any] | None) -> float | None:
    """A length in pixels, as far as that can be told."""
    if not value:
        return None
    token = value[0]
    if token.type == "number":
        return float(token.value)
    if token.type == "percentage":
        return float(token.value) * PIXELS["%"]
    if token.type == "dimension" and token.lower_unit in PIXELS:
        return float(token.value) * PIXELS[token.lower_unit]
    return None


def _color(value: Sequence[Any] | None) -> Any:
    return next((color for color in map(parse_color, value or ()) if color), None)
