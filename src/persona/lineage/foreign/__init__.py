"""Provenance that others recorded, read into things and relations of the lineage graph; what has no place is counted.

``told`` is what every reader fills; a format is a file beside it: ``prov``, ``openlineage``, ``ro_crate``, ``reppl``.
"""
