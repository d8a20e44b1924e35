"""The main job: load, check, say what is in the graph and what is contested, write the network page."""

from __future__ import annotations

from pathlib import Path

from kgtools import check
from kgtools.cli.printing import say, tell
from kgtools.evidence import record
from kgtools.faults import Fault
from kgtools.output import save
from kgtools.space import Space
from kgtools.views import network_page


def main_report(space: Space) -> int:
    """Do the main job and return the exit code: 1 if the graph breaks a rule."""
    report = check.run(space)
    say(f"{_title(space)}\n")
    _contents(space)
    _contested(space)
    _state(report)
    known = record.load(space)
    path = save(Path("kgtools.html"), network_page.page(space, known, None))
    say(f"\nThe network of all this: {path.resolve()}")
    _next(space)
    return 0 if report.good else 1


def _title(space: Space) -> str:
    rows = space.table(space.sparql("SELECT ?title WHERE { ?w a cev:Workspace ; dcterms:title ?title } LIMIT 1"))
    return next((row["title"] or "" for row in rows), space.workspace.name)


def _contents(space: Space) -> None:
    incidents = {row["incident"]: row for row in space.query("incidents")}
    counts = {
        name: next(iter(space.table(space.sparql(f"SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {{ ?x a {kind} }}"))))["n"]
        for name, kind in _COUNTED.items()
    }
    say("In the graph: " + ", ".join(f"{number} {name}" for name, number in counts.items()))
    most = sorted(incidents.values(), key=lambda row: (-int(row["assertions"] or 0), row["incident"] or ""))[:8]
    say("\nMost is on record about:")
    for row in most:
        counts = f"{row['assertions']} assertions, {row['explanations']} explanations"
        say(f"  {row['date'] or 'undated':<12} {row['label']} — {counts}")


def _contested(space: Space) -> None:
    rows = [row for row in space.query("explanations") if int(row["originsFor"] or 0) and int(row["originsAgainst"] or 0)]
    say(
        "\nContested, that is, with speakers for and against on record:"
        if rows
        else "\nNo explanation has speakers on both sides."
    )
    for row in rows[:8]:
        say(f"  {row['text']} ({row['originsFor']} for, {row['originsAgainst']} against; {row['incident']})")


def _state(report: check.Report) -> None:
    say(f"\nChecked: {len(report.findings)} findings, {report.verified} spans verified against the archived documents.")
    for finding in report.findings[:10]:
        tell(finding.line())
    if len(report.findings) > 10:
        tell(f"… and {len(report.findings) - 10} more: kgtools check")
    for sentence in report.unverified:
        say(f"  not verified: {sentence}")


def _next(space: Space) -> None:
    rows = space.query("incidents")
    try:
        incident = max(rows, key=lambda row: int(row["assertions"] or 0))["incident"] or ""
    except ValueError as error:
        raise Fault(space.workspace.name, "holds no incident", "add one; the README says how") from error
    slug = incident.partition(":")[2]
    say("\nAsk next:")
    for line in (f"kgtools compare {slug}", f"kgtools query who-claimed --param incident={slug}", "kgtools query"):
        say(f"  {line}")


_COUNTED = {
    "incidents": "cev:Incident", "claims": "cev:Claim", "explanations": "cev:Explanation", "assertions": "cev:Assertion",
    "works": "cev:Source", "speakers and bodies": "prov:Agent", "investigations": "cev:Investigation",
    "personnel actions": "cev:PersonnelAction", "consequences": "cev:Consequence", "discrepancies": "cev:Discrepancy",
}  # fmt: skip
