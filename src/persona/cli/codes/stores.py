"""Codes of the stores: log, tables and bytes."""

from __future__ import annotations

from persona.cli.codes.code import Code

_COPY = "`persona verify` names all the damage. Restore the file from a copy; the rest of the workspace stays usable."

STORES: dict[str, Code] = {
    "proof-unsigned": Code(
        "IntegrityError",
        "None of the known keys signed the checkpoint of a proof, so nobody vouches for its root.",
        "Give the public key of who signed with `--key`.",
    ),
    "proof-wrong": Code(
        "IntegrityError",
        "The event of a proof does not lead to the root of its checkpoint: one of them was changed.",
        "Do not rely on it; ask for the proof again.",
    ),
    "statement-other": Code(
        "IntegrityError",
        "A file that was given is none of those that the statement is about: it was changed, or is another.",
        "Compare the digests: `sha256sum FILE`.",
    ),
    "statement-unsigned": Code(
        "IntegrityError",
        "None of the known keys signed the statement, or it was changed after it was signed.",
        "Give the public key of who signed with `--key`.",
    ),
    "lineage-circle": Code(
        "InvalidInput",
        "A thing would come from itself: a run would read what rests on its own output.",
        "Let another run read it: `with ws.run.start() as run: run.use(...)`.",
    ),
    "archive-damaged": Code(
        "IntegrityError",
        "An archive is not what its header, its leaves or its digests say: it was changed, cut or damaged on the way.",
        "Make it again where the workspace is: `persona archive create FILE`. Nothing was written.",
    ),
    "archive-target": Code(
        "Conflict",
        "The folder for an archive has something in it, and an archive is opened beside nothing else.",
        "Name a folder that is not there yet: `persona archive open FILE FOLDER`.",
    ),
    "archive-unreadable": Code(
        "InvalidInput",
        "The file is no archive of a workspace, or it would unpack to more, or elsewhere, than an archive may.",
        "Make one where the workspace is: `persona archive create FILE`.",
    ),
    "records-not-empty": Code(
        "Conflict", "A whole log is taken over into empty records only.", "Open the archive in a new folder."
    ),
    "bad-digest": Code("InvalidInput", "A name of bytes is not `sha256:` and 64 digits.", "Copy the whole digest."),
    "bad-event": Code(
        "InvalidInput",
        "A record was offered to the log in a form that the log does not take.",
        "From the command line this is a fault of the program; from Python, check the values that were logged.",
    ),
    "bad-key": Code(
        "InvalidInput", "A key of a tag, field, parameter or metric is empty or too long.", "Choose a short plain key."
    ),
    "bad-store-url": Code(
        "UsageError",
        "A location of shared records or blobs is not written as a URL of that kind.",
        "Write `--records postgresql://USER@HOST/DATABASE --blobs s3://BUCKET/PREFIX`.",
    ),
    "bad-value": Code(
        "InvalidInput", "The database cannot hold this value.", "Remove control characters from the text."
    ),
    "blob-damaged": Code("IntegrityError", "Stored bytes no longer hash to their name.", _COPY),
    "blob-not-found": Code("NotFound", "Bytes that a record names are not in the store.", _COPY),
    "context-broken": Code(
        "IntegrityError", "The remembered choices cannot be read.", "Choose again: `persona project use NAME`."
    ),
    "database": Code(
        "StorageError", "The database refused for a reason of its own.", "The message holds its words; try again once."
    ),
    "database-busy": Code(
        "StorageError",
        "Another process is writing and did not finish in time.",
        "Wait and run the command again. On a network drive, move the workspace to a local disk.",
    ),
    "database-damaged": Code("IntegrityError", "The database file is damaged.", _COPY),
    "database-denied": Code(
        "PermissionDenied",
        "The database wants a password, or does not accept the one that was given.",
        "Give it as `PGPASSWORD` or in `~/.pgpass`; a workspace keeps none.",
    ),
    "database-missing": Code(
        "IntegrityError",
        "The workspace has lost its database.",
        "Restore `.persona/workspace.db` from a copy, or `.persona/stores.json` where a team shares the records.",
    ),
    "database-unknown": Code(
        "StorageError", "The server is there, but holds no database of this name.", "Make it with `createdb NAME`."
    ),
    "database-unreachable": Code(
        "StorageError",
        "The server of the shared records does not answer.",
        "Check that it runs, and host and port in the URL. What was recorded before is whole.",
    ),
    "disk-error": Code("StorageError", "The disk reported an error.", "Check the disk; copy the workspace elsewhere."),
    "disk-full": Code(
        "StorageError", "The disk is full. What was recorded before is whole.", "Make room and run the command again."
    ),
    "embedder-missing": Code(
        "IntegrityError",
        "The sentence vectors that come with the program are not installed.",
        "Install the program again, with all that it needs.",
    ),
    "error": Code("PersonaError", "Something went wrong that has no code of its own.", "The message says what."),
    "foreign-database": Code(
        "IntegrityError", "The database is of another program.", "Check that `.persona` was not overwritten."
    ),
    "integrity": Code("IntegrityError", "Something is not as it was recorded.", "`persona verify` names each thing."),
    "log-damaged": Code("IntegrityError", "An entry of the log cannot be read.", _COPY),
    "log-head": Code("IntegrityError", "The head of the log does not fit the log, so nothing is added to it.", _COPY),
    "model": Code("ModelError", "A model could not be reached, or gave nothing usable.", "The message says which."),
    "newer-database": Code(
        "StorageError", "The workspace was written by a newer version of the program.", "Update the program."
    ),
    "no-blobs": Code("NotFound", "The workspace has lost its store of bytes.", "Restore `.persona/blobs` from a copy."),
    "no-database": Code("NotFound", "There is no database at the place named.", "Make a workspace: `persona init`."),
    "no-fields": Code("InvalidInput", "Things of this kind hold no free fields.", "Use a tag instead."),
    "not-unicode": Code("InvalidInput", "A text holds half a character.", "Save the file as UTF-8 again."),
    "openlineage-denied": Code(
        "PermissionDenied",
        "A consumer of events wants a key, does not accept the one that was given, or others could read it on the way.",
        "Set `OPENLINEAGE_API_KEY`, and use an address that begins with https://.",
    ),
    "openlineage-refused": Code(
        "StorageError",
        "A consumer of events did not take one, or sent us on to another host.",
        "The message holds its words. What was sent before stays sent, and the hint sends the rest.",
    ),
    "openlineage-unreachable": Code(
        "StorageError",
        "A consumer of events did not answer, after several tries.",
        "Check that it runs, and the URL. What was sent before stays sent, and the hint sends the rest.",
    ),
    "openlineage-url": Code(
        "UsageError",
        "An address for events cannot be used: it is no URL of HTTP, or holds a password.",
        "Write it like `http://127.0.0.1:5000`; a key stands in `OPENLINEAGE_API_KEY`.",
    ),
    "older-database": Code(
        "StorageError",
        "The workspace was written by an older version and cannot be brought up to date here, because it is read-only.",
        "Open it once where it can be written.",
    ),
    "password-in-url": Code(
        "UsageError",
        "A URL of a store holds a password or keys, which a workspace never keeps.",
        "Leave them out: `PGPASSWORD` or `~/.pgpass` for PostgreSQL, `AWS_ACCESS_KEY_ID` and its kind for S3.",
    ),
    "path-outside": Code(
        "IntegrityError",
        "A record names a path that leads out of its run folder, so nothing is written there.",
        "The record was not made by this program, or was changed: `persona verify` says which.",
    ),
    "pseudonyms-broken": Code(
        "IntegrityError",
        "The file by which a project recognises redacted names cannot be read.",
        "Restore it from a copy, or delete it: numbers go on after the highest, and earlier names are not recognised.",
    ),
    "quotation-differs": Code(
        "IntegrityError",
        "A quotation does not equal its source. While personas are made this stops the run and nothing is stored.",
        "After the fact: `persona verify` names every such quotation.",
    ),
    "ray-address": Code(
        "UsageError", "`RAY_ADDRESS` is not HOST:PORT.", "`ray start --head` says the address of a cluster."
    ),
    "ray-needs-shared-stores": Code(
        "UsageError",
        "The stores are in the folder of the workspace, where the nodes of a cluster cannot reach them.",
        "Make a workspace with `persona init --records URL --blobs URL`, or leave out `--executor ray`.",
    ),
    "ray-no-room": Code(
        "StorageError", "No node of the cluster began in time.", "`ray status` says who uses its processors."
    ),
    "ray-node": Code(
        "StorageError",
        "A node of the cluster cannot begin: a store is out of its reach, or its program is another.",
        "The message says which. Install the same version of this program on every node.",
    ),
    "ray-not-started": Code(
        "StorageError",
        "Ray did not start on this machine, most often because the machine is too busy.",
        "Try again later, or leave out `--executor ray`.",
    ),
    "ray-unreachable": Code(
        "StorageError", "The Ray cluster at `RAY_ADDRESS` does not answer.", "Start it, or unset `RAY_ADDRESS`."
    ),
    "read-only": Code(
        "PermissionDenied", "The workspace lies where nothing can be written.", "Copy it to a folder of your own."
    ),
    "s3-denied": Code(
        "PermissionDenied",
        "The store of bytes forbids it to these keys.",
        "They need s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket there.",
    ),
    "s3-keys": Code(
        "PermissionDenied",
        "There are no keys for the store of bytes, or it does not accept them.",
        "Set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or `AWS_PROFILE`.",
    ),
    "s3-no-bucket": Code(
        "StorageError",
        "The bucket does not exist at the endpoint that was asked.",
        "Make the bucket, or set `AWS_ENDPOINT_URL` to the store that has it.",
    ),
    "s3-refused": Code(
        "StorageError",
        "The store of bytes refused for a reason of its own, which stands in the message.",
        "Try again; what was stored before is whole.",
    ),
    "s3-unreachable": Code(
        "StorageError",
        "The store of bytes did not answer, after several tries.",
        "Check the network and `AWS_ENDPOINT_URL`. What was recorded before is whole.",
    ),
    "sealed-unreadable": Code(
        "IntegrityError",
        "Sealed bytes are whole and still not what a record says they are: another program wrote them.",
        "`persona verify` names what is wrong in a workspace. A run that came as a file was not made by this program.",
    ),
    "storage": Code("StorageError", "Disk or database refused.", "The message says why."),
    "stores-broken": Code(
        "StorageError",
        "`.persona/stores.json`, which names the shared stores, cannot be read.",
        "Restore it, or join again in a new folder: `persona init --records URL --blobs URL`.",
    ),
    "stores-differ": Code(
        "IntegrityError",
        "Records and blobs belong to different workspaces, so nothing is written to either.",
        "Name the database and the bucket that were made together, and check `AWS_ENDPOINT_URL`.",
    ),
    "stores-together": Code(
        "UsageError",
        "Only one of records and blobs is to be shared: what others record would point at bytes that they cannot see.",
        "Give both `--records` and `--blobs`, or neither.",
    ),
    "system": Code(
        "StorageError", "The operating system refused for a reason that the message gives.", "Check the path shown."
    ),
    "tables-inconsistent": Code(
        "IntegrityError", "The tables contradict the log.", "`persona rebuild` makes them again from the log."
    ),
    "worker-died": Code(
        "StorageError",
        "Processes that do the runs of an experiment die again and again, for example because memory is short.",
        "Run it again with fewer at once: `persona experiment run --jobs 1`. What is done is kept.",
    ),
}
