"""Timeline: the table of everything that is known of every subject."""

from constructs import Construct

from infrastructure.stages import Stage
from infrastructure.tables import table


class Timeline(Construct):
    """The table with the entries of each subject and its latest state."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.table = table(self, "Table", stage=stage, partition_key="pk", sort_key="sk")
