"""The main job: load, check, say what is in the graph and what is contested, write the network page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sized
from pathlib import Path

from kgtools import check
from kgtools.cli import printing
from kgtools.cli.printing import tell
from kgtools.evidence import record
from kgtools.evidence.discrepancies import Ledger
from kgtools.evidence.origins import Origins
from kgtools.output import save
from kgtools.space import Space
from kgtools.views import network_page
from kgtools.views.report import columns
from kgtools.views.tables import visible


def say(text: str) -> None:
    """Print to standard output, hidden characters of the data made visible."""
    printing.say(visible(text))


def main_report(space: Space, explain: bool = False) -> int:
    """Do the main job and return the exit code: 1 if the graph breaks a rule; explained, with what was counted."""
    report = check.run(space)
    say(f"{_title(space)}\n")
    _contents(space)
    _contested(space)
    _state(report)
    known = record.load(space)
    path = save(Path("kgtools.html"), network_page.page(space, known, None))
    say(f"\nThe network of all this: {path.resolve()}")
    _next(space)
    if explain:
        _explained(space)
    return 0 if report.good else 1


def _title(space: Space) -> str:
    rows = space.table(space.sparql("SELECT ?title WHERE { ?w a cev:Workspace ; dcterms:title ?title } LIMIT 1"))
    return next((row["title"] or "" for row in rows), space.workspace.name)


def _contents(space: Space) -> None:
    counted = []
    for name, kind in _COUNTED.items():
        rows = space.table(space.sparql(f"SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {{ ?x a {kind} }}"))
        counted.append(f"{rows.column('n')[0]} {name}")
    say("In the graph: " + ", ".join(counted))
    incidents = {row["incident"]: row for row in space.query("incidents")}
    most = sorted(incidents.values(), key=lambda row: (-int(row["assertions"] or 0), row["incident"] or ""))[:8]
    if most:
        say("\nMost is on record about:")
    for row in most:
        say(f"  {row['label']}, {row['date'] or 'undated'}: {row['assertions']} assertions, {row['explanations']} explanations")


def _contested(space: Space) -> None:
    say("\nContested:")
    _both_sides(space)
    _rivals(space)
    _contradictions(space)


def _both_sides(space: Space) -> None:
    rows = sorted(
        space.query("contested"), key=lambda row: -int(row["assertionsFor"] or 0) - int(row["assertionsAgainst"] or 0)
    )
    say(f"  claims with speakers for and against on record: {len(rows)}")
    for row in rows[:5]:
        say(f"    {row['text']} (voices: {row['voicesFor']} for, {row['voicesAgainst']} against; {row['incident']})")
    _more(rows, "contested")


def _rivals(space: Space) -> None:
    put_forward = Counter(row["incident"] for row in space.query("explanations") if int(row["originsFor"] or 0))
    rows = sorted(
        ((number, name or "") for name, number in put_forward.items() if number > 1), key=lambda one: (-one[0], one[1])
    )
    say(f"  incidents with more than one explanation put forward: {len(rows)}")
    for number, incident in rows[:5]:
        say(f"    {incident}: {number} explanations")
    _more(rows, "explanations")


def _contradictions(space: Space) -> None:
    rows = [row for row in space.query("discrepancies", state="open") if row["kind"] == "difference:contradiction"]
    say(f"  contradictions that nobody has settled: {len(rows)}")
    for row in rows[:5]:
        attribute = (row["attribute"] or "").partition(":")[2].replace("-", " ")
        say(f"    {attribute}: “{row['valueA']}” against “{row['valueB']}” ({row['incident']})")
    _more(rows, "discrepancies --param state=open")


def _more(rows: Sized, query: str) -> None:
    if len(rows) > 5:
        say(f"    … and {len(rows) - 5} more: kgtools query {query}")


def _state(report: check.Report) -> None:
    say(f"\nChecked: {len(report.findings)} findings, {report.verified} spans verified against the archived documents.")
    for finding in report.findings[:10]:
        tell(finding.line())
    if len(report.findings) > 10:
        tell(f"… and {len(report.findings) - 10} more: kgtools check")
    for sentence in report.unverified:
        say(f"  not verified: {sentence}")


def _explained(space: Space) -> None:
    """List the records, assertions and passages from which the numbers above were counted."""
    explanations = {row["explanation"] or "" for row in space.query("explanations")}
    contested = {row["claim"] or "" for row in space.query("contested")}
    claims = [one for one in space.origins().claims if one.claim in explanations | contested]
    open_ones = [one for one in space.discrepancies(state="open").pairs if one.kind == "contradiction"]
    for found in (space.counts(), Origins(claims), Ledger(open_ones)):
        say(f"\n{found.basis.caption}")
        say("\n".join(columns(found.basis)))


def _next(space: Space) -> None:
    rows = list(space.query("incidents"))
    say("\nAsk next:")
    if not rows:
        say("  nothing yet: the graph holds no incident; its README says how to add one")
        return
    slug = (max(rows, key=lambda row: int(row["assertions"] or 0))["incident"] or "").partition(":")[2]
    for line in (
        f"kgtools summary {slug}",
        f"kgtools compare {slug}",
        f"kgtools origins {slug}",
        "kgtools ask",
        "kgtools query",
    ):
        say(f"  {line}")


_COUNTED = {
    "incidents and series": "cev:Incident", "claims": "cev:Claim", "explanations": "cev:Explanation",
    "assertions": "cev:Assertion", "works": "cev:Source", "speakers and bodies": "prov:Agent",
    "investigations": "cev:Investigation", "personnel actions": "cev:PersonnelAction", "consequences": "cev:Consequence",
    "discrepancies": "cev:Discrepancy",
}  # fmt: skip
