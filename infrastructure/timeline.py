"""Timeline: the table of everything that is known of every subject."""

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infrastructure.stages import Stage
from infrastructure.tables import table, text


class Timeline(Construct):
    """The table with the entries of each subject and its latest state.

    The index `by-position` has the keys of a subject's entries in the order of what happened.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.table = table(self, "Table", stage=stage, partition_key="pk", sort_key="sk")
        self.table.add_local_secondary_index(
            index_name="by-position",
            sort_key=text("position"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
