"""One concern's functions, from its manifest."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from cdk import assets, triggers
from cdk.constructs.function import DeployedFunction, Setting
from steward.manifest import Function


class ConcernStack(Stack):
    """Everything that runs for one concern; deployed and rolled back on its own."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        concern: str,
        functions: tuple[Function, ...],
        setting: Setting,
    ) -> None:
        super().__init__(scope, construct_id, description=f"Steward {setting.names.env}: {concern}")
        code = assets.concern_code(concern)
        wanted = tuple(sorted({layer for function in functions for layer in function.layers}))
        layers = assets.layers(self, wanted)
        for function in functions:
            deployed = DeployedFunction(
                self,
                "".join(word.capitalize() for word in function.name.split("-")),
                function=function,
                setting=setting,
                code=code,
                layers=layers,
            )
            triggers.connect(deployed)
