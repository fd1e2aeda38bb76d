"""Readers of PROV as others write it: PROV-JSON, PROV-N, PROV-XML, and PROV-O in Turtle, TriG, N-Triples or N-Quads.

Each turns bytes into a ``held.Held``, an account in memory of the statements of ``model/prov.py``;
``formats.read_prov`` chooses the reader. The readers know no workspace and no storage. What is not PROV, or too large,
ends in an ``InvalidInput`` with its place.
"""
