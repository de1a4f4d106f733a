"""What tells a human: alarms on every dead-letter queue and function, a dashboard, a budget."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk import grants
from cdk.environments import Environment
from cdk.names import Names
from steward.manifest import QUEUED, Function, Stream

# Half an hour behind means that consumers see a world that no longer is.
_RELAY_LAG_MS = 30 * 60 * 1000


class ObservabilityStack(Stack):
    """Alarms, the dashboard, and the budget of the account."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        names: Names,
        environment: Environment,
        functions: tuple[Function, ...],
    ) -> None:
        super().__init__(
            scope, construct_id, description=f"Steward {names.env}: what tells a human"
        )
        self._names = names
        self._topic = self._notices()
        self._budget(environment.budget)
        for function in functions:
            self._alarms(function)
        self._throttles()
        cloudwatch.CfnDashboard(
            self,
            "Dashboard",
            dashboard_name=names.prefix,
            dashboard_body=json.dumps(dashboard(names, functions)),
        )

    def _notices(self) -> str:
        topic = sns.CfnTopic(self, "Notices", topic_name=self._names.alarms)
        arn = self._names.arn("sns", self._names.alarms)
        sns.CfnTopicPolicy(
            self,
            "NoticesPolicy",
            topics=[topic.ref],
            policy_document={
                "Version": "2012-10-17",
                "Statement": [_tls_only(arn), *self._publishers(arn)],
            },
        )
        return topic.ref

    def _publishers(self, arn: str) -> list[dict[str, Any]]:
        return [
            {
                "Sid": service.capitalize(),
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": arn,
                "Condition": {"StringEquals": {"aws:SourceAccount": self._names.account}},
            }
            for service in ("budgets", "cloudwatch")
        ]

    def _budget(self, dollars: int) -> None:
        notices = [
            {
                "notification": {
                    "notificationType": kind,
                    "comparisonOperator": "GREATER_THAN",
                    "threshold": threshold,
                    "thresholdType": "PERCENTAGE",
                },
                "subscribers": [{"subscriptionType": "SNS", "address": self._topic}],
            }
            for kind, threshold in (("ACTUAL", 80), ("FORECASTED", 100))
        ]
        budgets.CfnBudget(
            self,
            "Budget",
            budget={
                "budgetName": self._names.prefix,
                "budgetType": "COST",
                "timeUnit": "MONTHLY",
                "budgetLimit": {"amount": dollars, "unit": "USD"},
            },
            notifications_with_subscribers=notices,
        )

    def _alarms(self, function: Function) -> None:
        names = self._names
        name = {"FunctionName": names.function(function)}
        if not isinstance(function.trigger, QUEUED):
            # What a queue feeds is tried again, and then lies among its dead letters, which tell.
            self._alarm(function.id, "errors", "AWS/Lambda", "Errors", name, over=0, every=300)
        if isinstance(function.trigger, Stream):
            self._alarm(
                *(function.id, "lag", "AWS/Lambda", "IteratorAge", name),
                over=_RELAY_LAG_MS,
                every=300,
            )
        if grants.has_dead_letters(function):
            # It stays on until the queue is empty: an alarm of age beside it would say nothing new.
            queue = {"QueueName": names.dead_letters(function)}
            self._alarm(
                *(
                    function.id,
                    "dead-letters",
                    "AWS/SQS",
                    "ApproximateNumberOfMessagesVisible",
                    queue,
                ),
                over=0,
                every=300,
            )

    def _throttles(self) -> None:
        # Functions share the account's concurrency: one metric of the region tells of all of them.
        self._alarm("account", "throttles", "AWS/Lambda", "Throttles", {}, over=0, every=300)

    def _alarm(
        self,
        subject: str,
        what: str,
        namespace: str,
        metric: str,
        dimensions: dict[str, str],
        *,
        over: int,
        every: int,
    ) -> None:
        cloudwatch.CfnAlarm(
            self,
            f"Alarm-{subject}-{what}",
            alarm_name=f"{self._names.prefix}-{subject}-{what}",
            alarm_description=f"{subject}: see docs/runbooks/alarms.md#{what}",
            namespace=namespace,
            metric_name=metric,
            dimensions=[{"name": key, "value": value} for key, value in dimensions.items()],
            statistic="Sum" if namespace == "AWS/Lambda" and metric != "IteratorAge" else "Maximum",
            period=every,
            evaluation_periods=1,
            threshold=over,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic],
            ok_actions=[self._topic],
        )


def _tls_only(arn: str) -> dict[str, Any]:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def dashboard(names: Names, functions: tuple[Function, ...]) -> dict[str, Any]:
    """The dashboard's body: what comes in, how long it takes, what failed, what lies waiting."""
    by_function = [names.function(function) for function in functions]
    queues = [names.queue(f) for f in functions if isinstance(f.trigger, QUEUED)]
    dead = [names.dead_letters(f) for f in functions if grants.has_dead_letters(f)]
    graphs = [
        ("Invocations", "AWS/Lambda", "Invocations", "FunctionName", by_function, "Sum"),
        ("Errors", "AWS/Lambda", "Errors", "FunctionName", by_function, "Sum"),
        ("Duration, p95 ms", "AWS/Lambda", "Duration", "FunctionName", by_function, "p95"),
        (
            "Waiting",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            "QueueName",
            queues,
            "Maximum",
        ),
        ("Oldest, s", "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queues, "Maximum"),
        ("Dead", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", dead, "Maximum"),
        (
            "Oldest dead, s",
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            "QueueName",
            dead,
            "Maximum",
        ),
    ]
    return {"widgets": [_graph(names, place, *graph) for place, graph in enumerate(graphs)]}


def _graph(
    names: Names,
    place: int,
    title: str,
    namespace: str,
    metric: str,
    dimension: str,
    values: list[str],
    statistic: str,
) -> dict[str, Any]:
    return {
        "type": "metric",
        "width": 12,
        "height": 6,
        "x": 12 * (place % 2),
        "y": 6 * (place // 2),
        "properties": {
            "title": title,
            "region": names.region,
            "stat": statistic,
            "period": 300,
            "metrics": [[namespace, metric, dimension, value] for value in values],
        },
    }
