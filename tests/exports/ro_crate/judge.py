"""Run by the Python of the judges: roc-validator over crates, its JSON-LD contexts served from a folder.

judge.py CONTEXTS CRATE=PROFILE ... prints the issues of each crate as JSON, those of what is required and of what is
recommended. Whatever would open a socket fails.
"""

import json
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

contexts, *crates = sys.argv[1:]
answer, sys.stdout = sys.stdout, sys.stderr  # what the judge says on the way is not its verdict


def refused(*arguments, **more):
    raise OSError("the judge may not open a socket")


socket.socket.connect = refused
socket.create_connection = refused

from rocrate_validator import services  # noqa: E402
from rocrate_validator.models import ValidationSettings  # noqa: E402
from rocrate_validator.utils import http  # noqa: E402

FILES = {
    "https://w3id.org/ro/crate/1.1/context": "context-1.1.jsonld",
    "https://w3id.org/ro/crate/1.2/context": "context-1.2.json",
}


def served(self, url, **more):
    name = FILES.get(str(url))
    if name is None:
        raise OSError(f"nothing is served for {url}")
    text = (Path(contexts) / name).read_text(encoding="utf-8")
    return SimpleNamespace(
        status_code=200,
        headers={"Content-Type": "application/ld+json"},
        text=text,
        content=text.encode(),
        url=str(url),
        from_cache=True,
        json=lambda: json.loads(text),
        raise_for_status=lambda: None,
    )


http.HttpRequester.get = served
verdicts = {}
for crate, _, profile in (one.rpartition("=") for one in crates):
    settings = ValidationSettings(
        rocrate_uri=crate,
        profile_identifier=profile,
        requirement_severity="RECOMMENDED",
        offline=True,
        cache_path=Path(crate).parent / "cache",
    )
    verdicts[Path(crate).name] = [
        {
            "severity": issue.severity.name,
            "check": issue.check.identifier,
            "message": issue.message,
            "of": issue.violatingEntity,
        }
        for issue in services.validate(settings).get_issues()
    ]
answer.write(json.dumps(verdicts))
