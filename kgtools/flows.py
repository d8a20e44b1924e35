"""How support flows through chains of assertions: choke points, smallest cuts, and the largest set of untied speakers.

A room beside `network`: of the two, this one reckons and draws nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

import networkx as nx

# The two ends of every flow: whatever origins stand on, and the texts at hand.
_GROUND = "«ground»"
_TEXT = "«text»"

_LARGEST = 40  # assertions or speakers up to which the exact, exponential search for the largest set is made


class Flow:
    """Support on its way from origins, over who passes it on, to the texts at hand."""

    def __init__(self, reports: Mapping[str, Iterable[str]], texts: Collection[str]) -> None:
        """Take for each assertion those that it passes on, and the assertions that are read in texts of their own."""
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from((_GROUND, _TEXT))
        for name in sorted(reports):
            reported = sorted(other for other in reports[name] if other in reports)
            self.graph.add_edges_from((other, name) for other in reported or (_GROUND,))
            if name in texts:
                self.graph.add_edge(name, _TEXT)

    def stands(self, without: Collection[str] = ()) -> bool:
        """Say whether some chain leads from an origin to a text that avoids the given assertions."""
        seen, queue = {_GROUND, *without}, [_GROUND]
        while queue:
            for name in self.graph.adj[queue.pop()]:
                if name not in seen:
                    seen.add(name)
                    queue.append(name)
        return _TEXT in seen

    def chokes(self) -> list[str]:
        """Return the assertions that every chain goes through, from the origin on: the dominators of the texts."""
        if not self.stands():
            return []
        above = nx.immediate_dominators(self.graph, _GROUND)
        found: list[str] = []
        here = above[_TEXT]
        while here != _GROUND:
            found.append(here)
            here = above[here]
        return found[::-1]

    def cut(self) -> list[str]:
        """Return one smallest set of assertions without which no chain is left: a minimum node cut."""
        return sorted(nx.minimum_node_cut(self.graph, _GROUND, _TEXT)) if self.stands() else []


def untied(nodes: Sequence[Hashable], ties: Iterable[tuple[Hashable, Hashable]]) -> int:
    """Return how many nodes can be chosen no two of which are tied: the size of a maximum independent set.

    Groups of more than 40 nodes are counted by choosing the least tied first, which may give fewer but never more.
    """
    graph = nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(ties)
    return sum(_independent(graph.subgraph(part)) for part in nx.connected_components(graph))


def _independent(graph: nx.Graph) -> int:
    if len(graph) <= _LARGEST:
        return max((len(clique) for clique in nx.find_cliques(nx.complement(graph))), default=0)
    left, chosen = set(graph), 0
    while left:
        least = min(left, key=lambda node: (sum(other in left for other in graph[node]), str(node)))
        left -= {least, *graph[least]}
        chosen += 1
    return chosen


def joined(nodes: Sequence[str], ties: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return nodes in groups that ties hold together, each sorted, the groups in order of their first node."""
    graph = nx.Graph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(ties)
    return sorted(sorted(part) for part in nx.connected_components(graph))
