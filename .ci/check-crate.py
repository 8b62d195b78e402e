"""Validates the RO-Crate in a folder against its profiles without asking the network: the JSON-LD context comes from the
package rocrate, which carries it. Usage: check-crate.py FOLDER"""

import json
import sys
from importlib import resources

from rocrate_validator import models, services
from rocrate_validator.utils import http

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILES = ["ro-crate-1.1", "process-run-crate-0.5", "workflow-run-crate-0.5"]



class Context:
    """The response of a server that has the context."""

    status_code = 200
    headers = {"Content-Type": "application/ld+json"}
    text = resources.files("rocrate").joinpath("data/ro-crate.jsonld").read_text()
    content = text.encode()

    def json(self):
        return json.loads(self.text)


def get(_requester, url, **_settings):
    if url != CONTEXT:
        raise RuntimeError(f"the crate refers to {url}, which is not available offline")
    return Context()


http.HttpRequester.get = get
failed = False
for profile in PROFILES:
    settings = services.ValidationSettings(
        rocrate_uri=sys.argv[1],
        profile_identifier=profile,
        requirement_severity=models.Severity.REQUIRED,
        skip_availability_check=True,
    )
    result = services.validate(settings)
    issues = result.get_issues()
    print(f"{profile}: {len(issues)} issues")
    for issue in issues:
        print(f"  {issue.check.identifier}: {issue.message}")
    failed |= bool(issues)
sys.exit(1 if failed else 0)
