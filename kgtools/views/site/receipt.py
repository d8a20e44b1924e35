"""The receipt of a claim, to download."""

from __future__ import annotations

from kgtools.receipts import make
from kgtools.receipts.release import Release
from kgtools.views.site.missing import Missing
from kgtools.views.site.reply import Reply
from kgtools.views.site.request import Request


def reply(request: Request, claim: str) -> Reply:
    """Return the receipt of a claim (CURIE) of the whole graph, never with the text of documents."""
    if claim not in request.known.claims:
        raise Missing(f"no claim {claim}")
    body = make.receipt(_release(request), request.known.iri(claim))
    name = claim.partition(":")[2].encode("ascii", "replace").decode().replace('"', "_")
    return Reply(200, "application/json", body, {"Content-Disposition": f'attachment; filename="{name}.receipt.json"'})


def _release(request: Request) -> Release:
    return request.known.once("release", "", lambda: Release(request.space.workspace))
