"""OpenLineage: what happened to which data, as run events that catalogues read.

The events follow the specification 2-0-2 and its facets (https://openlineage.io/spec/2-0-2/OpenLineage.json). Each
entry of the log stands for none, one or a few of them (``events``), so that writing them later gives what was sent
while a run was under way.
"""
