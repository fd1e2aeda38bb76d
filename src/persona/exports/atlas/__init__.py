"""Apache Atlas: what is recorded as types and entities of its model, version 2.

Two shapes: the bodies of its REST interface (https://atlas.apache.org/api/v2/), and the archive that its import reads
(https://atlas.apache.org/#/ImportAPI). Types stand on those that every Atlas has (``0010-base_model.json``).
"""
