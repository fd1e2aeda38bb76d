"""Whether an account of provenance can be true: PROV-CONSTRAINTS (https://www.w3.org/TR/prov-constraints/).

The Recommendation asks for a normal form, made by inferences and by merging statements that must be the same, and for
four things of it: unique keys, an order of events, types, and the absence of what is impossible. ``check.check`` does
so for the top of an account and for each bundle by itself, in time that grows nearly with the number of statements,
and names what it finds by the number of the constraint.
"""
