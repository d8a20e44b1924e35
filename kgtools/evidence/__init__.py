"""Instruments over the record: who said what through whom, and how explanations stand side by side."""
