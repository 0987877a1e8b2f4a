"""Attention: the topic on which people are told what they should look at."""

from typing import cast

from aws_cdk import aws_sns as sns
from constructs import Construct


class Attention(Construct):
    """The topic that people subscribe to, encrypted and over TLS only."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", display_name="Inlet", enforce_ssl=True)
        plain = cast("sns.CfnTopic", self.topic.node.default_child)
        # AWS's own key for SNS serves our functions. A CloudWatch alarm could not use it.
        plain.kms_master_key_id = "alias/aws/sns"
