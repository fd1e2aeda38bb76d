"""Blobs in a folder: large ones as files under their digest, small ones together in pack files.

::

    blobs/
    ├── loose/ab/cdef...     one file a blob, read-only
    ├── packs/0001.pack      small blobs one after the other, each with its own header
    ├── packs/lock           held by the one process that writes packs
    ├── index.db             where each small blob stands; made anew from the packs when lost
    └── tmp/                 files on their way; whatever a crash leaves here is swept

A file of its own costs two flushes and an inode; a pack takes many blobs with one flush.

In S3 (``s3``) each blob is an object of its own, because objects cannot be appended to::

    s3://BUCKET/PREFIX/
    ├── workspace.json       whose blobs these are
    └── blobs/ab/cdef...     one object a blob
"""

from __future__ import annotations

from persona.storage.blobs.folder import FolderBlobs, open_folder

__all__ = ["FolderBlobs", "open_folder"]
