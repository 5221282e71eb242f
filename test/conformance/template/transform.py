"""Prints what the SAM transform of AWS makes of a template, as JSON: what CloudFormation is given at a deployment."""

import json
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """No role of the template has a managed policy of AWS, so AWS need not be asked for them."""

    def load(self):
        raise RuntimeError("The template names a managed policy of AWS.")


# The transform takes no local paths: `sam deploy` has put them into a bucket by then.
PACKAGED = "s3://packaged/by-sam-deploy"

with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())
for resource in template["Resources"].values():
    for name in resource["Properties"].keys() & {"CodeUri", "DefinitionUri"}:
        resource["Properties"][name] = PACKAGED
json.dump(transform(template, {}, NoManagedPolicies(), passthrough_metadata=True), sys.stdout)
