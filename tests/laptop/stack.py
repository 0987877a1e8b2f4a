"""A small stack, written by hand in the shapes that CDK synthesises, and functions for it."""

import json
from pathlib import Path
from typing import Any

from local.assembly import Place, Stack, resolved

PLACE = Place(endpoint="http://127.0.0.1:4566")

HANDLERS = """
import json, os, sys, time
from pathlib import Path

def echo(event, context):
    name = (event.get("pathParameters") or {}).get("name", event.get("name"))
    if name == "raise":
        raise ValueError("as asked")
    if name == "exit":
        os._exit(3)
    if name == "sleep":
        time.sleep(60)
    if name == "nap":
        time.sleep(0.3)
    if name == "facts":
        return {"arn": context.invoked_function_arn, "path": sys.path, "cwd": os.getcwd(),
                "left": context.get_remaining_time_in_millis(), "environment": dict(os.environ)}
    if name == "large":
        return "x" * 6_291_555
    print("echoed", name)
    return event

def keep(event, context):
    sys.path.append(event["packages"])
    import boto3
    boto3.client("s3").put_object(
        Bucket=os.environ["BUCKET"], Key=event["key"], Body=event["text"], IfNoneMatch="*")

def consume(event, context):
    with Path(os.environ["SEEN"]).open("a") as seen:
        seen.write(json.dumps(event) + "\\n")
    bodies = {record["messageId"]: json.loads(record["body"]) for record in event["Records"]}
    wishes = {key: body.get("detail", {}).get("wish") for key, body in bodies.items()}
    if "raise" in wishes.values():
        raise ValueError("as asked")
    return {"batchItemFailures": [{"itemIdentifier": key} for key, wish in wishes.items()
                                  if wish == "fail"]}
"""


def function(handler: str, **properties: object) -> dict[str, Any]:
    """A function of the bundle."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Bucket": {"Fn::Sub": "assets-${AWS::AccountId}"}, "S3Key": "bundle.zip"},
            "Handler": f"handlers.{handler}",
            "Runtime": "python3.13",
            "Role": "arn:aws:iam::123456789012:role/any",
            "Timeout": 2,
            **properties,
        },
    }


def rule(detail_type: str, target: str) -> dict[str, Any]:
    """A rule of the bus to a queue, with the bus's dead-letter queue."""
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventBusName": {"Ref": "Bus"},
            "EventPattern": {"source": ["inlet.test"], "detail-type": [detail_type]},
            "State": "ENABLED",
            "Targets": [
                {
                    "Id": "Target0",
                    "Arn": {"Fn::GetAtt": [target, "Arn"]},
                    "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["BusDeadLetters", "Arn"]}},
                    "RetryPolicy": {"MaximumRetryAttempts": 185},
                }
            ],
        },
    }


def queue(**properties: object) -> dict[str, Any]:
    """A queue."""
    return {"Type": "AWS::SQS::Queue", "Properties": {"SqsManagedSseEnabled": True, **properties}}


def queue_policy(name: str) -> dict[str, Any]:
    """The policy of a queue that lets the rules of the bus in, over TLS only."""
    arn = {"Fn::GetAtt": [name, "Arn"]}
    return {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": name}],
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": {"AWS": "*"},
                        "Action": "sqs:*",
                        "Resource": arn,
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    },
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "events.amazonaws.com"},
                        "Action": "sqs:SendMessage",
                        "Resource": arn,
                        "Condition": {
                            "ArnLike": {
                                "aws:SourceArn": {
                                    "Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:"
                                    "${AWS::AccountId}:rule/${Bus}/*"
                                }
                            }
                        },
                    },
                ],
            },
        },
    }


def template(seen: Path = Path("/dev/null")) -> dict[str, Any]:
    """The template: a door to `echo`, and a bus with rules to the queue of `consume`."""
    resources = {
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {"Name": "door", "ProtocolType": "HTTP"},
        },
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "StageName": "$default",
                "AutoDeploy": True,
                "AccessLogSettings": {
                    "DestinationArn": {"Fn::GetAtt": ["AccessLogs", "Arn"]},
                    "Format": '{"route":"$context.routeKey","status":"$context.status",'
                    '"agent":"$context.identity.userAgent","error":"$context.error.message","odd":"$context.nothing"}',
                },
            },
        },
        "Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "RouteKey": "POST /echo/{name}",
                "Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Integration"}]]},
            },
        },
        "GuardedRoute": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "RouteKey": "POST /echo/guarded/{name}",
                "Target": {"Fn::Join": ["", ["integrations/", {"Ref": "Integration"}]]},
                "AuthorizationType": "JWT",
                "AuthorizerId": {"Ref": "Authorizer"},
                "AuthorizationScopes": ["echo/write", "echo/all"],
            },
        },
        "Authorizer": {
            "Type": "AWS::ApiGatewayV2::Authorizer",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "AuthorizerType": "JWT",
                "IdentitySource": ["$request.header.Authorization"],
                "JwtConfiguration": {
                    "Issuer": "https://issuer.example/small",
                    "Audience": ["small", "other"],
                },
                "Name": "sender",
            },
        },
        "Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Ref": "EchoLive"},
                "PayloadFormatVersion": "2.0",
            },
        },
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "EchoLive"},
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": {"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:*:${Api}/*/*/echo/*"},
            },
        },
        "Echo": function(
            "echo",
            Environment={"Variables": {"TABLE": {"Ref": "Table"}}},
            LoggingConfig={"LogGroup": {"Ref": "EchoLogs"}},
        ),
        "EchoLogs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}},
        "AccessLogs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": "/aws/vendedlogs/small/api"},
        },
        "EchoVersion": {
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": {"Ref": "Echo"}},
        },
        "EchoLive": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "Name": "live",
                "FunctionName": {"Ref": "Echo"},
                "FunctionVersion": {"Fn::GetAtt": ["EchoVersion", "Version"]},
            },
        },
        "Consume": function("consume", Environment={"Variables": {"SEEN": str(seen)}}),
        "Keep": function(
            "keep", Timeout=10, Environment={"Variables": {"BUCKET": {"Ref": "Bucket"}}}
        ),
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "Consume"},
                "BatchSize": 10,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "ScalingConfig": {"MaximumConcurrency": 2},
            },
        },
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
            "DeletionPolicy": "Retain",
        },
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                    ]
                },
                "LifecycleConfiguration": {
                    "Rules": [{"ExpirationInDays": 90, "Status": "Enabled"}]
                },
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
                "VersioningConfiguration": {"Status": "Enabled"},
            },
        },
        "BucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": "Bucket"},
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": {"AWS": "*"},
                            "Action": "s3:*",
                            "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ],
                },
            },
        },
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {
                "GenerateSecretString": {
                    "SecretStringTemplate": '{"basic": []}',
                    "GenerateStringKey": "generated",
                    "PasswordLength": 20,
                    "ExcludePunctuation": True,
                    "ExcludeCharacters": "abc",
                }
            },
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "Attention"}},
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "inlet"}},
        "Archive": {
            "Type": "AWS::Events::Archive",
            "Properties": {
                "SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]},
                "EventPattern": {"source": [{"prefix": "inlet."}]},
                "RetentionDays": 30,
            },
        },
        "BusDeadLetters": queue(),
        "BusDeadLettersPolicy": queue_policy("BusDeadLetters"),
        "DeadLetters": queue(),
        "Queue": queue(
            VisibilityTimeout=1,
            RedrivePolicy={
                "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]},
                "maxReceiveCount": 2,
            },
        ),
        "QueuePolicy": queue_policy("Queue"),
        "Closed": queue(),
        "Gone": queue(),
        "GonePolicy": queue_policy("Gone"),
        "RuleToQueue": rule("ORDERED", "Queue"),
        "RuleToClosed": rule("CLOSED", "Closed"),
        "RuleToGone": rule("GONE", "Gone"),
    }
    outputs = {
        "DoorUrl": {"Value": {"Fn::Join": ["", [{"Fn::GetAtt": ["Api", "ApiEndpoint"]}, "/echo"]]}},
        "EchoName": {"Value": {"Ref": "Echo"}},
        "EchoLive": {"Value": {"Ref": "EchoLive"}},
        "EchoLogs": {"Value": {"Ref": "EchoLogs"}},
        "ArchiveArn": {"Value": {"Fn::GetAtt": ["Archive", "Arn"]}},
        "KeepName": {"Value": {"Ref": "Keep"}},
        "BucketName": {"Value": {"Ref": "Bucket"}},
        "SecretArn": {"Value": {"Ref": "Secret"}},
        "TopicArn": {"Value": {"Ref": "Topic"}},
        **{
            f"{name}Url": {"Value": {"Ref": name}}
            for name in ("Queue", "DeadLetters", "BusDeadLetters", "Gone")
        },
    }
    return {"Resources": resources, "Outputs": outputs}


def read_template(body: dict[str, Any]) -> Stack:
    """The template resolved, with no bundle."""
    return resolved("small", body, PLACE, {})


def write_assembly(folder: Path, body: dict[str, Any]) -> Path:
    """A cloud assembly of the template and its bundle."""
    (folder / "asset.1").mkdir(parents=True)
    (folder / "asset.1" / "handlers.py").write_text(HANDLERS)
    assets = {
        "files": {
            "1": {
                "source": {"path": "asset.1", "packaging": "zip"},
                "destinations": {"here": {"objectKey": "bundle.zip"}},
            }
        }
    }
    artifacts = {
        "small": {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "small.template.json"},
        },
        "small.assets": {
            "type": "cdk:asset-manifest",
            "properties": {"file": "small.assets.json"},
        },
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    (folder / "small.assets.json").write_text(json.dumps(assets))
    (folder / "small.template.json").write_text(json.dumps(body))
    return folder
