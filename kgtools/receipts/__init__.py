"""Receipts: one claim with all that it rests on, in a file that anybody can verify without this graph or these tools.

What a release's root is the root of, from the leaves upwards:

- A record is one subject's quads in one file of the graph, as canonical N-Quads (RDFC-1.0, section 5). A file's tree has its
  records as leaves, in order of subject.
- A roll is a claim with the assertions of it, withdrawn ones too, as canonical JSON (RFC 8785):
  `{"assertions":[IRI, …],"claim":IRI}`. The tree of rolls has one for every claim, in order of claim; through it nobody can
  leave an assertion out of a receipt unseen.
- The release's tree has a leaf for each file, in order of name, then one for the rolls, as canonical JSON:
  `{"file":…,"root":…}` and `{"claims":…}`. Its root is the published one.

All trees are those of RFC 9162, section 2.1.1: a leaf is SHA-256 of 00 and its data, a node SHA-256 of 01 and its two halves.
Hashes are of files as parsed, never of what a store gives back, which may rewrite literals.
"""
