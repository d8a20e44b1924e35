"""What verifying a receipt found, as text and plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgtools.receipts.form import Receipt
from kgtools.receipts.verify import Link, short
from kgtools.views.report import Report, Section
from kgtools.views.tables import visible


def lines(receipt: Receipt, links: Sequence[Link]) -> list[str]:
    """Return the claim, who curated it and when, and every link with its state."""
    text = " ".join(receipt.values(receipt.claim, "schema:text")) or "(without a sentence)"
    found = [f"Receipt of {visible(short(receipt, receipt.claim))}: {_cut(text)}"]
    found += [f"  {_cut(line)}" for line in _curated(receipt)]
    found.append("")
    for link in links:
        first, *rest = (_cut(sentence) for sentence in link.sentences)
        found.append(f"{link.state:<12} {link.name}: {first}")
        found += [f"{'':<12} {'':<{len(link.name)}}  {sentence}" for sentence in rest]
    broken = [link.name for link in links if link.state == "broken"]
    found += ["", f"not good: broken at {', '.join(broken)}" if broken else "good: no link is broken"]
    return found


def report(receipt: Receipt, links: Sequence[Link]) -> Report:
    """Return the same as a report, a section for each link."""
    text = " ".join(receipt.values(receipt.claim, "schema:text")) or "(without a sentence)"
    sections = [Section(f"{link.name}: {link.state}", [(0, _cut(one)) for one in link.sentences]) for link in links]
    return Report(
        f"Receipt of {short(receipt, receipt.claim)}: {_cut(text)}", [_cut(one) for one in _curated(receipt)], sections
    )


def data(receipt: Receipt, links: Sequence[Link]) -> dict[str, Any]:
    """Return the same as plain data for JSON."""
    return {
        "of": receipt.claim, "root": receipt.root.hex(), "good": all(link.state != "broken" for link in links),
        "curated": _curated(receipt),
        "links": [{"link": link.name, "state": link.state, "sentences": list(link.sentences)} for link in links],
    }  # fmt: skip


def _curated(receipt: Receipt) -> list[str]:
    found = []
    for section in receipt.sections:
        curators = receipt.values(section.graph, "prov:wasAttributedTo")
        names = [name for one in curators for name in receipt.values(one, "rdfs:label")] or ["no curator stated"]
        dates = receipt.values(section.graph, "prov:generatedAtTime") or ["no date stated"]
        found.append(f"{section.file}: {', '.join(names)}, {', '.join(dates)}")
    return found


def _cut(text: str) -> str:
    """Return a text on one line, hidden characters shown, cut where it is longer than any honest one."""
    return visible(text[:1_000].replace("\n", " ")) + (" …" if len(text) > 1_000 else "")
