"""A second verifier of receipts, of the standard library only, that shares no line with kgtools; a test holds the two equal."""

import hashlib
import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

# fmt: off
CEV, RDF, XSD = "https://w3id.org/cev#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2001/XMLSchema#"
PROV, DC, OA = "http://www.w3.org/ns/prov#", "http://purl.org/dc/terms/", "http://www.w3.org/ns/oa#"
SCHEMA, TYPE, SPEAKER = "https://schema.org/", RDF + "type", PROV + "wasAttributedTo"
KEYS = {"@context", "@graph", "format", "kgtools", "of", "roll", "root", "seal", "tree"}
FOLLOWED = {space + name for space, names in {
    CEV: "claims reports foundIn attributedBy inSource onBehalfOf creditedTo knownThrough explains accuses response onCondition"
    " claimedAffiliation oneOf", PROV: "wasAttributedTo wasGeneratedBy wasAssociatedWith", DC: "publisher creator isPartOf",
    OA: "hasSource", SCHEMA: "about translationOfWork"}.items() for name in names.split()}  # fmt: skip
SPEECH = {CEV + name for name in "Assertion OfficialFinding PreliminaryFinding OfficialStatement Allegation MediaReport"
          " AnonymousAllegation ExpertOpinion Statement Commentary".split()}  # fmt: skip
CHAR = r"(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"  # what the IRIs of a receipt consist of, a part of what RFC 3987 allows
MORE = rf"(?:{CHAR}|\?)*"
IRI = rf"[A-Za-z][A-Za-z0-9+.-]*:(?:(?!//)|//[\w.~!$&'()*+,;=-]*(?::[0-9]*)?(?=[/?#]|$)){CHAR}*(?:\?{MORE})?(?:\#{MORE})?"
NAMED = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}

def need(fact: Any) -> None:
    if not fact:
        raise ValueError("not a receipt")
def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    need(len({name for name, _ in pairs}) == len(pairs))
    return dict(pairs)
def each(value: Any) -> list[Any]:
    need(isinstance(value, list))
    return list(value)
def canonical(value: Any) -> bytes:  # RFC 8785: keys in order of UTF-16 code units (3.2.3), no white space
    if isinstance(value, dict):
        pairs = sorted((name.encode("utf-16-be"), canonical(name) + b":" + canonical(one)) for name, one in value.items())
        return b"{" + b",".join(pair for _, pair in pairs) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    return json.dumps(value, ensure_ascii=False).encode("utf-8")
def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
def leaf(value: Any) -> bytes:  # RFC 9162, 2.1.1
    return sha(b"\0" + (value if isinstance(value, bytes) else canonical(value)))
def digest(text: Any) -> bytes:
    need(isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text))
    return bytes.fromhex(text)
def climb(here: bytes, path: Any) -> bytes:  # RFC 9162, 2.1.3.2
    for step in each(path):
        ((side, other),) = step.items()
        need(side in ("left", "right"))
        here = sha(b"\1" + (digest(other) + here if side == "left" else here + digest(other)))
    return here

class Check:
    def __init__(self, raw: bytes, folder: str | None, root: str | None) -> None:
        odd: dict[str, Any] = dict.fromkeys(("parse_int", "parse_float", "parse_constant"), lambda _: need(False))
        top = json.loads(raw.decode("utf-8"), object_pairs_hook=once, **odd)
        need(KEYS <= set(top) <= KEYS | {"texts"} and len(top["roll"]) == 4 and top["kgtools"] + " ")
        self.context, self.broken = top["@context"], set[str]()
        self.facts, self.hashes = dict[str, dict[str, set[str]]](), dict[tuple[str, str], bytes]()
        for name, space in self.context.items():
            need(re.fullmatch("[A-Za-z][A-Za-z0-9-]*", name) and name not in KEYS | {"texts"})
            need(re.fullmatch(IRI, space) and space[-1] in "/#")
        for graph in each(top["@graph"]):
            need(set(graph) == {"@id", "@graph"} and self.iri(graph["@id"]))
            for node in each(graph["@graph"]):
                self.record(self.iri(graph["@id"]), self.iri(node["@id"]), node)
        self.fail("form", canonical(top) != raw)
        self.fail("seal", sha(canonical({k: v for k, v in top.items() if k != "seal"})) != digest(top["seal"]))
        self.of, self.root = self.iri(top["of"]), digest(top["root"] if top["format"] == CEV[:-1] + "/receipt/1" else None)
        self.fail("root", root is not None and root != top["root"])
        self.tree(each(top["tree"]), top["roll"], {self.iri(one) for one in each(top["roll"]["assertions"])})
        passages = {one for one in self.facts if CEV + "Passage" in self.get(one, TYPE)}
        texts = {self.iri(name): {sha(text.encode()).hex()} for name, text in top.get("texts", {}).items()}
        self.fail("texts", "texts" in top and passages != set(texts))
        self.fail("texts", any(self.get(one, SCHEMA + "sha256") != found for one, found in texts.items()))
        for one, document in [(p, d) for p in passages if folder for d in self.get(p, OA + "hasSource")]:
            path = Path(str(folder)) / min(self.get(document, CEV + "fileName"), default="")
            if path.is_file() and path.parent == Path(str(folder)):
                self.fail("documents", not self.stands(one, self.get(document, CEV + "rawSha256"), path.read_bytes()))
    def fail(self, link: str, fact: Any) -> None:
        self.broken |= {link} if fact else set()
    def iri(self, name: str) -> str:
        need(":" in name and not name.startswith(("@", "_:")))
        prefix, _, local = name.partition(":")
        full: str = self.context[prefix] + local if prefix in self.context and not local.startswith("//") else name
        need(re.fullmatch(IRI, full))
        return full
    def get(self, subject: str, predicate: str) -> set[str]:
        return self.facts.get(subject, {}).get(predicate, set())
    def record(self, graph: str, subject: str, node: dict[str, Any]) -> None:
        lines = set()
        need((graph, subject) not in self.hashes and len(node) > 1 and [] not in node.values())
        for key in set(node) - {"@id"}:
            predicate = TYPE if key == "@type" else self.iri(key)
            for value in each(node[key]):
                term, plain = self.term({"@id": value} if key == "@type" else value)
                lines.add(f"<{subject}> <{predicate}> {term} <{graph}> .\n")
                self.facts.setdefault(subject, {}).setdefault(predicate, set()).add(plain)
        self.hashes[graph, subject] = leaf("".join(sorted(lines)).encode("utf-8"))
    def term(self, value: dict[str, str]) -> tuple[str, str]:  # RDFC-1.0, section 5: canonical N-Quads
        if set(value) == {"@id"}:
            return f"<{self.iri(value['@id'])}>", self.iri(value["@id"])
        need(set(value) in ({"@value"}, {"@type", "@value"}, {"@language", "@value"}) and isinstance(value["@value"], str))
        need("@language" not in value or re.fullmatch("[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?", value["@language"]))
        kind = f"^^<{self.iri(value['@type'])}>" if "@type" in value else f"@{value['@language']}" if len(value) > 1 else ""
        need(kind not in (f"^^<{XSD}string>", f"^^<{RDF}langString>"))
        escaped = re.sub('[\0-\x1f"\\\\\x7f\ufffe\uffff]', lambda c: NAMED.get(c[0], f"\\u{ord(c[0]):04X}"), value["@value"])
        return f'"{escaped}"{kind}', value["@value"]
    def tree(self, files: list[Any], roll: dict[str, Any], assertions: set[str]) -> None:
        stated = [(self.iri(one["graph"]), self.iri(item["id"])) for one in files for item in each(one["records"])]
        self.fail("records", len(stated) != len(set(stated)) or set(stated) != set(self.hashes))
        for one in files:
            need(set(one) == {"file", "graph", "records", "release", "root"} and one["file"] + " ")
            for item in one["records"]:
                need(set(item) == {"hash", "id", "path"})
                self.fail("records", self.hashes.get((self.iri(one["graph"]), self.iri(item["id"]))) != digest(item["hash"]))
                self.fail("files", climb(digest(item["hash"]), item["path"]) != digest(one["root"]))
            self.fail("release", climb(leaf({"file": one["file"], "root": one["root"]}), one["release"]) != self.root)
        entry = leaf({"assertions": [self.iri(one) for one in roll["assertions"]], "claim": self.of})
        self.fail("release", climb(entry, roll["path"]) != digest(roll["root"]))
        self.fail("release", climb(leaf({"claims": roll["root"]}), roll["release"]) != self.root)
        self.fail("chain", not self.get(self.of, TYPE) & {CEV + "Claim", CEV + "Explanation"})
        for graph in {graph for graph, subject in self.hashes if subject in assertions | {self.of}}:
            self.fail("chain", not {SPEAKER, PROV + "generatedAtTime"} <= set(self.facts.get(graph, ())))
        self.fail("chain", {one for one in self.facts if self.of in self.get(one, CEV + "claims")} != assertions)
        for known in self.facts.values():
            self.fail("chain", any(not known[name] <= set(self.facts) for name in FOLLOWED & set(known)))
            self.fail("chain", known.get(TYPE, set()) & SPEECH and not {CEV + "foundIn", SPEAKER} <= set(known))
    def stands(self, passage: str, expected: set[str], raw: bytes) -> bool:
        try:
            text = unicodedata.normalize("NFC", raw.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n"))
            start, end, *lines = (int(*self.get(passage, CEV + name)) for name in ("start", "end", "firstLine", "lastLine"))
        except (ValueError, TypeError):
            return False
        whole = expected == {sha(raw).hex()} and self.get(passage, SCHEMA + "sha256") == {sha(text[start:end].encode()).hex()}
        return whole and 0 <= start < end and lines == [text.count("\n", 0, at) + 1 for at in (start, end - 1)]

def broken(raw: bytes, documents: str | None = None, root: str | None = None) -> set[str] | None:  # None: no receipt
    try:
        return Check(raw, documents, root).broken
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None

if __name__ == "__main__":
    found = broken(Path(sys.argv[1]).read_bytes(), *sys.argv[2:4])
    sys.exit("no receipt" if found is None else " ".join(sorted(found)) or None)
