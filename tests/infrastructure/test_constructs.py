"""What every resource of a kind has, in every stage."""

import json

import pytest

from tests.infrastructure.stores import HOLD_NOTHING, SAYS_ITS_KEY
from tests.infrastructure.template import CONSUMERS, Template, listed, readable

DAY = 24 * 60 * 60


def test_only_resources_that_the_laptop_run_honours_are_used(template: Template) -> None:
    types = {resource["Type"] for resource in template.document["Resources"].values()}
    types |= {"AWS::ApiGatewayV2::Authorizer"}  # which only a stage with OAuth2 has
    types |= {"AWS::Scheduler::Schedule"}  # which only a stage with a canary has
    types |= {"AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::DomainName"}  # with a domain
    assert types == {*SAYS_ITS_KEY, *HOLD_NOTHING}


def test_only_what_people_type_or_aws_demands_has_a_name_of_its_own(dev: Template) -> None:
    names = {
        f"{resource['Type']} {resource['Properties'][key]}"
        for resource in dev.document["Resources"].values()
        for key in resource["Properties"]
        if key.endswith("Name") and isinstance(resource["Properties"][key], str)
        if key not in ("DisplayName", "MetricName")
        and not resource["Type"].startswith("AWS::IAM::")
    }
    alarms = {name for name in names if name.startswith("AWS::CloudWatch::Alarm inlet-dev-")}
    assert len(alarms) == len(dev.all("CloudWatch::Alarm"))
    assert names - alarms == {
        "AWS::ApiGatewayV2::Api inlet-dev",
        "AWS::ApiGatewayV2::Stage $default",
        "AWS::CloudWatch::Dashboard inlet-dev",
        "AWS::Events::Archive inlet-dev",
        "AWS::Events::EventBus inlet-dev",
        "AWS::Lambda::Alias live",
        "AWS::Logs::LogGroup /aws/vendedlogs/inlet-dev/api",
    }


def test_every_resource_that_can_says_its_project_and_stage(template: Template) -> None:
    untagged = {
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::Events::Archive",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::Logs::MetricFilter",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Scheduler::Schedule",
    }
    for resource in template.document["Resources"].values():
        tags = resource["Properties"].get("Tags", {})
        keys = set(tags) if isinstance(tags, dict) else {tag["Key"] for tag in tags}
        assert keys == (set() if resource["Type"] in untagged else {"project", "stage"})


def test_every_queue_is_encrypted_by_sqs_itself(template: Template) -> None:
    for queue in template.all("SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
        assert "KmsMasterKeyId" not in queue


def test_every_queue_is_a_dead_letter_queue_or_has_one(template: Template) -> None:
    queues = template.all("SQS::Queue")
    dead_letters = {name for name in queues if name.endswith("DeadLetters")}
    assert dead_letters == {"BusDeadLetters", *(f"{name}DeadLetters" for name in CONSUMERS)}
    assert {
        name: readable(queue["RedrivePolicy"]["deadLetterTargetArn"])
        for name, queue in queues.items()
        if name not in dead_letters
    } == {f"{name}Queue": f"{name}DeadLetters" for name in CONSUMERS}


def test_every_queue_and_topic_refuses_what_comes_without_tls(template: Template) -> None:
    queues, topics = template.all("SQS::Queue"), template.all("SNS::Topic")
    policies = template.statements("SQS::QueuePolicy") | template.statements("SNS::TopicPolicy")
    assert policies.keys() == queues.keys() | topics.keys()
    for name, statements in policies.items():
        denied = [
            (action, readable(statement["Resource"]))
            for statement in statements
            if statement["Effect"] == "Deny"
            and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            and statement["Principal"] in ("*", {"AWS": "*"})
            for action in listed(statement["Action"])
        ]
        assert denied == [("sns:Publish" if name in topics else "sqs:*", name)]


def test_every_table_refuses_what_comes_without_tls(template: Template) -> None:
    for table in template.all("DynamoDB::Table").values():
        assert table["ResourcePolicy"]["PolicyDocument"]["Statement"] == [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": "dynamodb:*",
                "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]


def test_only_rules_of_the_bus_may_send_to_a_queue(template: Template) -> None:
    expected = {"BusDeadLetters", *(f"{name}Queue" for name in CONSUMERS)}
    allowed = {
        name: statement
        for name, statements in template.statements("SQS::QueuePolicy").items()
        for statement in statements
        if statement["Effect"] == "Allow"
    }
    assert allowed.keys() == expected
    for name, statement in allowed.items():
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert statement["Action"] == "sqs:SendMessage"
        assert readable(statement["Resource"]) == name
        assert list(statement["Condition"]) == ["ArnLike"]
        assert readable(statement["Condition"]["ArnLike"]["aws:SourceArn"]) == (
            "arn:AWS::Partition:events:AWS::Region:AWS::AccountId:rule/Bus/*"
        )


def test_every_topic_is_encrypted(template: Template) -> None:
    topics = template.all("SNS::Topic")
    assert {name: readable(topic["KmsMasterKeyId"]) for name, topic in topics.items()} == {
        "AttentionTopic": "alias/aws/sns",
        "AlarmsPage": "AlarmsKey",  # which alarms can use
        "AlarmsTicket": "AlarmsKey",
    }


@pytest.mark.parametrize(("stage", "days"), [("dev", 14), ("prod", 90)])
def test_every_log_group_forgets_after_a_time(
    templates: dict[str, Template], stage: str, days: int
) -> None:
    groups = templates[stage].all("Logs::LogGroup")
    assert {name: group["RetentionInDays"] for name, group in groups.items()} == {
        "DoorAccessLog": days,
        "IngestFunctionLogs": days,
        **{f"{name}FunctionLogs": days for name in CONSUMERS},
        **({"CanaryFunctionLogs": days} if stage == "prod" else {}),
    }


def test_every_function_logs_json_into_a_group_of_its_own(template: Template) -> None:
    for name, function in template.all("Lambda::Function").items():
        logging = function["LoggingConfig"]
        assert logging["LogFormat"] == "JSON"
        assert logging["ApplicationLogLevel"] == "INFO"  # metrics count lines of this level
        assert logging["SystemLogLevel"] == "WARN"
        assert readable(logging["LogGroup"]) == name.removesuffix("Function") + "FunctionLogs"


def test_every_function_runs_on_arm_and_python_3_13(template: Template) -> None:
    for function in template.all("Lambda::Function").values():
        assert function["Architectures"] == ["arm64"]
        assert function["Runtime"] == "python3.13"


def test_every_function_has_a_role_of_its_own_without_managed_policies(template: Template) -> None:
    functions, roles = template.all("Lambda::Function"), template.all("IAM::Role")
    roles.pop("CanaryScheduleRole", None)  # of a schedule
    assert {readable(function["Role"]) for function in functions.values()} == roles.keys()
    assert len(roles) == len(functions)
    for role in roles.values():
        assert role.keys() == {"AssumeRolePolicyDocument", "Tags"}


def test_every_function_runs_the_code_of_its_station(dev: Template) -> None:
    functions = dev.all("Lambda::Function")
    assert {name: function["Handler"] for name, function in functions.items()} == {
        "IngestFunction": "functions.ingest.handler.handler",
        **{f"{name}Function": "functions.consumer.handler.handler" for name in CONSUMERS},
    }


def test_every_function_is_told_what_its_settings_ask_for(dev: Template) -> None:
    environments = {
        name: {key: readable(value) for key, value in function["Environment"]["Variables"].items()}
        for name, function in dev.all("Lambda::Function").items()
    }
    assert json.loads(environments["IngestFunction"].pop("SECRETS")) == {
        "marosa": "CredentialsMarosa",
        "digiteal": "CredentialsDigiteal",
        "standard": "CredentialsStandard",
    }
    assert environments["IngestFunction"] == {
        "URL_SUFFIX": "AWS::URLSuffix",
        "BUS_NAME": "Bus",
        "DELIVERIES_TABLE": "IngestDeliveries",
        "REMEMBER_DAYS": "30",
        "REMEMBER_IN_MEMORY": "0",
        "BODIES_BUCKET": "BodiesBucket",
        "QUARANTINE_BUCKET": "QuarantineBucket",
        "QUARANTINE_DAYS": "14",
        "QUARANTINE_BYTES_PER_DAY": "100000000",
        "TIMELINE_TABLE": "TimelineTable",
        "ADDRESSES": "{}",
        "OAUTH2": "[]",
    }
    assert environments["TransfersFunction"] == {
        "URL_SUFFIX": "AWS::URLSuffix",
        "CONSUMER": "transfers",
        "QUEUE_URL": "TransfersQueue",
        "TIMELINE_TABLE": "TimelineTable",
        "ATTENTION_TOPIC": "AttentionTopic",
    }


def test_the_ingest_function_is_told_where_providers_send_from(
    hardened: dict[str, Template],
) -> None:
    functions = hardened["addresses"].all("Lambda::Function")
    told = functions["IngestFunction"]["Environment"]["Variables"]
    assert json.loads(told["ADDRESSES"]) == {
        "marosa": ["192.0.2.0/24", "2001:db8::/32"],
        "digiteal": ["198.51.100.7"],
    }


def test_every_consumer_takes_batches_from_its_own_queue_and_reports_what_failed(
    dev: Template,
) -> None:
    mappings = dev.all("Lambda::EventSourceMapping")
    assert {name: readable(m["EventSourceArn"]) for name, m in mappings.items()} == {
        f"{name}Mapping": f"{name}Queue" for name in CONSUMERS
    }
    for name, mapping in mappings.items():
        assert mapping["BatchSize"] == 10
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}
        assert name.removesuffix("Mapping") + "FunctionLive" in json.dumps(mapping["FunctionName"])


@pytest.mark.parametrize(
    ("stage", "protected", "policies"),
    [("dev", False, ("Delete", "Delete")), ("prod", True, ("RetainExceptOnCreate", "Retain"))],
)
def test_data_are_protected_where_the_stage_says_so(
    templates: dict[str, Template], stage: str, *, protected: bool, policies: tuple[str, str]
) -> None:
    template = templates[stage]
    tables = template.all("DynamoDB::Table")
    assert tables.keys() == {"IngestDeliveries", "TimelineTable"}
    for table in tables.values():
        assert table["DeletionProtectionEnabled"] is protected
        assert table["PointInTimeRecoverySpecification"] == {
            "PointInTimeRecoveryEnabled": protected
        }
    for resource in template.resources(
        "DynamoDB::Table",
        "Events::Archive",
        "Events::EventBus",
        "SQS::Queue",
        "SecretsManager::Secret",
        "S3::Bucket",
    ).values():
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == policies


def test_no_resource_of_a_failed_first_deployment_is_retained(template: Template) -> None:
    policies = {
        resource.get("DeletionPolicy", "Delete")
        for resource in template.document["Resources"].values()
    }
    assert policies <= {"Delete", "RetainExceptOnCreate"}


def test_bus_and_archive_have_names_that_a_new_stack_can_import(template: Template) -> None:
    (bus,), (archive,) = (
        template.all(kind).values() for kind in ("Events::EventBus", "Events::Archive")
    )
    assert bus["Name"] == archive["ArchiveName"]
    assert bus["Name"] in {"inlet-dev", "inlet-prod", "inlet-laptop"}


@pytest.mark.parametrize(
    ("stage", "days"),
    [
        ("dev", {"QuarantineBucket": 14, "BodiesBucket": 33}),
        ("prod", {"QuarantineBucket": 90, "BodiesBucket": 109}),
    ],
)
def test_every_bucket_is_private_encrypted_and_emptied_in_time(
    templates: dict[str, Template], stage: str, days: dict[str, int]
) -> None:
    buckets = templates[stage].all("S3::Bucket")
    assert buckets.keys() == days.keys()
    for name, bucket in buckets.items():
        assert bucket["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }
        assert bucket["OwnershipControls"] == {
            "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
        }
        (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        (rule,) = bucket["LifecycleConfiguration"]["Rules"]
        assert rule == {
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            "ExpirationInDays": days[name],
            "Status": "Enabled",
        }


def test_a_body_is_kept_longer_than_anything_that_may_ask_for_it(template: Template) -> None:
    """The oldest event of the archive may be replayed, wait in a queue, and then lie dead."""
    (archive,) = template.all("Events::Archive").values()
    retentions = {
        name: queue["MessageRetentionPeriod"] // 86_400
        for name, queue in template.all("SQS::Queue").items()
    }
    dead = max(days for name, days in retentions.items() if name.endswith("DeadLetters"))
    alive = max(days for name, days in retentions.items() if not name.endswith("DeadLetters"))
    (rule,) = template.all("S3::Bucket")["BodiesBucket"]["LifecycleConfiguration"]["Rules"]
    assert (alive, dead) == (4, 14)
    assert rule["ExpirationInDays"] > archive["RetentionDays"] + alive + dead


def test_nobody_reaches_a_bucket_without_tls(template: Template) -> None:
    statements = template.statements("S3::BucketPolicy")
    assert statements.keys() == template.all("S3::Bucket").keys()
    for bucket, (plain, old) in statements.items():
        for statement in (plain, old):
            assert statement["Effect"] == "Deny"
            assert statement["Action"] == "s3:*"
            assert statement["Principal"] == {"AWS": "*"}
            assert [readable(one) for one in statement["Resource"]] == [bucket, f"{bucket}/*"]
        assert plain["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert old["Condition"] == {"NumericLessThan": {"s3:TlsVersion": 1.2}}


def test_tables_have_the_keys_that_the_functions_use(dev: Template) -> None:
    deliveries = dev.all("DynamoDB::Table")["IngestDeliveries"]
    assert deliveries["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert deliveries["TimeToLiveSpecification"] == {
        "AttributeName": "expiration",
        "Enabled": True,
    }
    timeline = dev.all("DynamoDB::Table")["TimelineTable"]
    assert timeline["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    assert "LocalSecondaryIndexes" not in timeline


def test_the_block_that_generates_a_secret_never_changes(template: Template) -> None:
    # CloudFormation would make a new value and wipe rotated credentials (aws-cdk#19985).
    secrets = template.all("SecretsManager::Secret")
    assert secrets.keys() == {"CredentialsMarosa", "CredentialsDigiteal", "CredentialsStandard"}
    for secret in secrets.values():
        assert secret["GenerateSecretString"] == {
            "ExcludePunctuation": True,
            "GenerateStringKey": "generated",
            "PasswordLength": 40,
            "SecretStringTemplate": '{"basic": [], "apiKey": []}',
        }


def test_outputs_say_what_people_need(dev: Template) -> None:
    outputs = {name: readable(output["Value"]) for name, output in dev.document["Outputs"].items()}
    for name in CONSUMERS:
        assert json.loads(outputs.pop(f"{name}Consumer")) == {
            "queue": f"{name}Queue",
            "deadLetters": f"{name}DeadLetters",
            "function": f"{name}Function",
            "logs": f"{name}FunctionLogs",
            "mapping": f"{name}Mapping",
        }
    assert outputs == {
        "MarosaWebhookUrl": (
            "https://DoorApi.execute-api.AWS::Region.AWS::URLSuffix/webhooks/marosa"
        ),
        "MarosaCredentialsArn": "CredentialsMarosa",
        "DigitealWebhookUrl": (
            "https://DoorApi.execute-api.AWS::Region.AWS::URLSuffix/webhooks/digiteal"
        ),
        "DigitealCredentialsArn": "CredentialsDigiteal",
        "StandardWebhookUrl": (
            "https://DoorApi.execute-api.AWS::Region.AWS::URLSuffix/webhooks/standard"
        ),
        "StandardCredentialsArn": "CredentialsStandard",
        "RuleDeadLetters": "BusDeadLetters",
        "BusName": "Bus",
        "BusArn": "Bus",
        "ArchiveArn": "BusArchive",
        "TimelineTable": "TimelineTable",
        "BodiesBucket": "BodiesBucket",
        "QuarantineBucket": "QuarantineBucket",
        "DeliveriesTable": "IngestDeliveries",
        "IngestFunctionArn": "IngestFunctionLive",
        "IngestLogs": "IngestFunctionLogs",
        "AttentionTopicArn": "AttentionTopic",
        "PageTopicArn": "AlarmsPage",
        "TicketTopicArn": "AlarmsTicket",
        "ViewerPolicyArn": "PeopleViewer",
        "OperatorPolicyArn": "PeopleOperator",
    }
