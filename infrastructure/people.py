"""People: what those who look after a stage may do, as two policies to attach to their roles."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infrastructure.bodies import Bodies
from infrastructure.bus import Bus
from infrastructure.findings import acknowledge_wildcard
from infrastructure.ingest import Ingest
from infrastructure.key import CustomerKey
from infrastructure.quarantine import Quarantine
from infrastructure.timeline import Timeline


class People(Construct):
    """A viewer may see all of a stage but its secrets. An operator, who is one too, may mend it.

    What there are many of goes by the beginning of its names, which is the stack's: a list of every
    consumer's parts would outgrow a policy.
    """

    def __init__(  # noqa: PLR0913 - each is named in the call
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: Bus,
        timeline: Timeline,
        ingest: Ingest,
        bodies: Bodies,
        quarantine: Quarantine,
        topics: Sequence[sns.Topic],
        key: CustomerKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._key = key
        name = Stack.of(self).stack_name
        tables = [timeline.table.table_arn, ingest.deliveries.table_arn]
        buckets = [bodies.bucket, quarantine.bucket]
        objects = [bucket.arn_for_objects("*") for bucket in buckets]
        queues = self._arn("sqs", f"{name}-*")
        dead_letters = self._arn("sqs", f"{name}-*DeadLetters*")
        replays = self._arn("events", f"replay/{name}-*")
        mappings = self._arn("lambda", "event-source-mapping:*")
        of_the_stack = {
            "ArnLike": {"lambda:FunctionArn": self._arn("lambda", f"function:{name}-*")}
        }
        self.viewer = self._policy(
            "Viewer",
            "See all of a stage of Inlet but its secrets.",
            _may(
                "cloudformation:DescribeStacks", on=[self._arn("cloudformation", f"stack/{name}/*")]
            ),
            _may(
                "dynamodb:BatchGetItem",
                "dynamodb:DescribeTable",
                "dynamodb:GetItem",
                "dynamodb:Query",
                on=tables,
            ),
            _may("s3:ListBucket", on=[bucket.bucket_arn for bucket in buckets]),
            _may("s3:GetObject", on=objects),
            _may(
                "logs:FilterLogEvents",
                "logs:StartQuery",
                on=[
                    self._arn("logs", f"log-group:{name}-*"),
                    self._arn("logs", f"log-group:/aws/vendedlogs/{name}/*"),
                ],
            ),
            _may("sqs:GetQueueAttributes", "sqs:GetQueueUrl", on=[queues]),
            # Who lists dead letters takes them for a moment, and gives them back.
            _may("sqs:ChangeMessageVisibility", "sqs:ReceiveMessage", on=[dead_letters]),
            _may("events:DescribeEventBus", on=[bus.bus.event_bus_arn]),
            _may("events:DescribeArchive", on=[bus.archive.archive_arn]),
            _may("events:DescribeReplay", on=[replays]),
            _may(
                "events:DescribeRule",
                "events:ListTargetsByRule",
                on=[self._arn("events", f"rule/{bus.bus.event_bus_name}/*")],
            ),
            _may("sns:ListSubscriptionsByTopic", on=[topic.topic_arn for topic in topics]),
            _may("lambda:GetEventSourceMapping", on=[mappings], where=of_the_stack),
            _may("cloudwatch:GetDashboard", on=[self._arn("cloudwatch", f"dashboard/{name}", "")]),
            _may(
                # None of these can be narrowed to a resource, or to one that is known.
                "cloudwatch:DescribeAlarms",
                "cloudwatch:GetMetricData",
                "cloudwatch:GetMetricStatistics",
                "cloudwatch:ListDashboards",
                "cloudwatch:ListMetrics",
                "events:ListArchives",
                "events:ListReplays",
                "events:ListRuleNamesByTarget",
                "events:ListRules",
                "lambda:GetAccountSettings",
                "lambda:ListEventSourceMappings",
                "logs:DescribeLogGroups",
                "logs:GetQueryResults",
                "logs:StopQuery",
                on=["*"],
            ),
        )
        self.operator = self._policy(
            "Operator",
            "Mend a stage of Inlet; for who is its viewer too.",
            _may("sqs:SendMessage", on=[queues]),
            _may(
                "sqs:CancelMessageMoveTask",
                "sqs:DeleteMessage",
                "sqs:ListMessageMoveTasks",
                "sqs:StartMessageMoveTask",
                on=[dead_letters],
            ),
            _may("events:StartReplay", on=[bus.archive.archive_arn, replays]),
            _may("events:CancelReplay", on=[replays]),
            _may("lambda:InvokeFunction", on=[ingest.function.live.function_arn]),
            _may("lambda:UpdateEventSourceMapping", on=[mappings], where=of_the_stack),
            # To forget a subject: what is kept of it goes, and a tombstone is put.
            _may("dynamodb:Scan", on=[timeline.table.table_arn]),
            _may("dynamodb:DeleteItem", on=tables),
            _may("dynamodb:PutItem", on=[timeline.table.table_arn]),
            _may("dynamodb:UpdateItem", on=[ingest.deliveries.table_arn]),
            _may("s3:DeleteObject", on=objects),
        )

    def _policy(
        self, construct_id: str, description: str, *statements: iam.PolicyStatement
    ) -> iam.ManagedPolicy:
        entailed = self._key.entailed(*_actions(statements)) if self._key else ()
        policy = iam.ManagedPolicy(
            self, construct_id, description=description, statements=[*statements, *entailed]
        )
        for resource in {one for statement in statements for one in statement.resources}:
            if "*" in resource:
                acknowledge_wildcard(
                    policy,
                    resource,
                    because="All of a kind are meant, as far as AWS lets one say which stack's.",
                )
        return policy

    def _arn(self, service: str, resource: str, region: str | None = None) -> str:
        """Return the ARN of a resource in this account, and this region unless one is given."""
        return Stack.of(self).format_arn(
            service=service,
            resource=resource,
            region=region,
            arn_format=ArnFormat.NO_RESOURCE_NAME,
        )


def _actions(statements: Iterable[iam.PolicyStatement]) -> Iterator[str]:
    for statement in statements:
        yield from statement.actions


def _may(*actions: str, on: Sequence[str], where: Any = None) -> iam.PolicyStatement:  # noqa: ANN401 - IAM's conditions
    return iam.PolicyStatement(actions=list(actions), resources=list(on), conditions=where)
