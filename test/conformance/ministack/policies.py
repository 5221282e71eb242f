"""Decides by ministack's evaluator what roles may do to WorkSpaces: the API that simulates policies knows no tags there.

Arguments: action, JSON list of role names, JSON object of the WorkSpace's tags. Prints {role: decision}.
"""

import json
import sys

import boto3
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

iam = boto3.client("iam")
region = boto3.Session().region_name
account = boto3.client("sts").get_caller_identity()["Account"]


def policies_of(role):
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        yield iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def decision(action, role, tags):
    context = EvalContext(
        principal_arn=f"arn:aws:iam::{account}:role/{role}",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=f"arn:aws:workspaces:{region}:{account}:workspace/ws-8kq3zn1yd",
        region=region,
        service_context={f"aws:resourcetag/{key}".lower(): value for key, value in tags.items()},
    )
    return evaluate(context, [parse_policy_document(document) for document in policies_of(role)]).decision


action, roles, tags = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
print(json.dumps({role: decision(action, role, tags) for role in roles}))
