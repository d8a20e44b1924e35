"""The invented case with more said in it: what the laws of the instruments are tried on."""

from __future__ import annotations

from conftest import EXAMPLE, PUMP_HOUSE

from kgtools.space import Space
from kgtools.turtle import parse_text
from kgtools.workspace import Workspace


def space_with(whole: Space, text: str) -> Space:
    """Return the case with more triples in the dossier of the pump house."""
    space = Space(Workspace.find(EXAMPLE))
    head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in space.prefixes.items())
    space.files = {**whole.files, PUMP_HOUSE: [*whole.files[PUMP_HOUSE], *parse_text(head + text, "case")]}
    return space


def space_of(whole: Space, text: str) -> Space:
    """Return a case in which nothing is said but what the text says: incident, agents, works and one passage are kept."""
    space = space_with(whole, text)
    said = len(whole.files[PUMP_HOUSE])
    kept = {f"{space.prefixes['incident']}pump-house-2019", f"{space.prefixes['passage']}pump-house-2019-004"}
    mine = space.files[PUMP_HOUSE]
    dossier = [t for t in mine[:said] if getattr(t.subject, "value", "") in kept] + mine[said:]
    space.files = {name: triples for name, triples in space.files.items() if not name.startswith(("incidents", "context"))}
    space.files[PUMP_HOUSE] = dossier
    return space


def claim(name: str = "900") -> str:
    return (
        f"claim:pump-house-2019-{name} a cev:Explanation ; schema:text 'Claim {name}.'@en ;"
        " schema:about incident:pump-house-2019 ; cev:explains incident:pump-house-2019 ; cev:topic topic:cause .\n"
    )


def person(name: str, unnamed: bool = False, more: str = "") -> str:
    return f"agent:{name} a {'cev:UnnamedAgent' if unnamed else 'prov:Person'} ; rdfs:label 'Speaker {name}'@en {more}.\n"


def work(name: str, issued: str = "2019-02-01", more: str = "") -> str:
    return (
        f"source:{name} a cev:Source ; rdfs:label 'Work {name}'@en ; cev:kind work:article ;"
        f" dcterms:issued '{issued}'^^edtf:EDTF {more}.\n"
    )


def said(
    name: str, speaker: str, about: str = "900", *, ground: str = "own-knowledge", reports: str = "", source: str = "",
    force: str = "asserts", hedge: str = "certain", said: str = "", more: str = "",
) -> str:  # fmt: skip
    """Return an assertion by a speaker; one that reports another is a media report without ground."""
    kind = "cev:MediaReport" if reports else "cev:Statement"
    rest = "".join(f" ; cev:reports assertion:pump-house-2019-{one}" for one in reports.split())
    rest += "" if reports else f" ; cev:ground ground:{ground}"
    rest += f" ; cev:inSource source:{source}" if source else ""
    rest += f" ; cev:said '{said}'^^edtf:EDTF" if said else ""
    return (
        f"assertion:pump-house-2019-{name} a {kind} ; cev:claims claim:pump-house-2019-{about} ;"
        f" prov:wasAttributedTo agent:{speaker} ; cev:force force:{force} ; cev:hedge hedge:{hedge} ;"
        f" cev:foundIn passage:pump-house-2019-004{rest} {more}.\n"
    )
