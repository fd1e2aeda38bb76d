"""RO-Crate: runs, experiments and projects as research objects that others can read, cite and keep.

Written by hand after RO-Crate 1.1 (https://w3id.org/ro/crate/1.1) with the Process Run Crate profile 0.5
(https://w3id.org/ro/wfrun/process/0.5), or after RO-Crate 1.2 (https://w3id.org/ro/crate/1.2). ``crate`` is the way in;
``graph`` holds the entities, ``things`` and ``actions`` make them from records, ``places`` writes folders and archives.
"""
