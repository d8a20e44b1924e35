"""What making and verifying a receipt hands back: typed objects with rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kgtools.documents import archived
from kgtools.evidence.instrument import Instrument
from kgtools.evidence.trace import claims_for
from kgtools.faults import Fault
from kgtools.output import save
from kgtools.receipts import read
from kgtools.receipts.form import Receipt
from kgtools.receipts.make import receipt
from kgtools.receipts.release import Release
from kgtools.receipts.verify import BROKEN, Link, short, verify
from kgtools.space import Space, Table


@dataclass
class Made(Instrument):
    """A receipt as the bytes of its file."""

    claim: str
    raw: bytes

    @cached_property
    def receipt(self) -> Receipt:
        """Return the receipt that the bytes hold."""
        return read.parse(self.raw)

    @property
    def rows(self) -> Table:
        """Return one row for each record in the receipt: its file and the hash of its canonical N-Quads."""
        rows: list[tuple[str | None, ...]] = [
            (section.file, short(self.receipt, proof.subject), proof.hash.hex())
            for section in self.receipt.sections for proof in section.proofs
        ]  # fmt: skip
        return Table(("file", "record", "hash"), rows, f"Receipt of {self.claim}")

    @property
    def basis(self) -> Table:
        """Return the assertions of the claim with the passages in the receipt."""
        rows: list[tuple[str | None, ...]] = [
            (self.claim, short(self.receipt, one), short(self.receipt, speaker), short(self.receipt, place))
            for one in self.receipt.roll.assertions
            for speaker in self.receipt.values(one, "prov:wasAttributedTo")
            for place in self.receipt.values(one, "cev:foundIn")
        ]
        return Table(("of", "assertion", "speaker", "place"), rows, "Assertions and passages in the receipt")

    def save(self, path: str | Path) -> Path:
        """Write the receipt to a file and return its path; raise Fault if it cannot be written."""
        return save(Path(path), self.raw)


@dataclass
class Verified(Instrument):
    """A receipt with the links of its chain, each good, broken or not checked."""

    receipt: Receipt
    links: list[Link]

    @property
    def good(self) -> bool:
        """Say whether no link is broken."""
        return all(link.state != BROKEN for link in self.links)

    @property
    def rows(self) -> Table:
        """Return one row for each link."""
        rows: list[tuple[str | None, ...]] = [(link.name, link.state, "; ".join(link.sentences)) for link in self.links]
        return Table(("link", "state", "what"), rows, f"Receipt of {short(self.receipt, self.receipt.claim)}")


def made(space: Space, words: str, with_text: bool = False) -> Made:
    """Return the receipt of the one claim that a name or words stand for; raise Fault if there is none, or more than one."""
    claims = claims_for(space, words)
    if len(claims) > 1:
        raise Fault("claim", f"'{words}' stands in {len(claims)} claims ({', '.join(claims)})", "give one of them")
    texts = {one.file_name: one.text() for one in archived(space) if one.path} if with_text else None
    return Made(claims[0], receipt(Release(space.workspace), space.resolve(claims[0]), texts))


def verified(file: Path, folders: Sequence[Path] = (), root: str | None = None) -> Verified:
    """Return the links of a receipt's file; raise Fault if it cannot be read, is no receipt, or the root is no hash."""
    found = read.read(file)
    return Verified(found, verify(found, folders, root))
