"""What is uploaded: each concern's code, the shared package, and the third-party layers."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import IgnoreMode
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

ROOT = Path(__file__).parent.parent
SHARED = ROOT / "layers" / "steward"
BUILT = ROOT / "build" / "layers"

# One place for all three: the layers' wheels are built for exactly this.
RUNTIME = lambda_.Runtime.PYTHON_3_14
ARCHITECTURE = lambda_.Architecture.ARM_64


class LayerNotBuilt(Exception):
    """A deployment without its third-party packages; the message names the layer and the remedy."""


def concern_code(concern: str) -> lambda_.Code:
    """The concern's folder alone, importable as ``functions.<concern>``; changes with it alone."""
    return lambda_.Code.from_asset(
        str(ROOT),
        ignore_mode=IgnoreMode.GIT,
        exclude=[
            "/*",
            "!/functions",
            "/functions/*",
            "!/functions/__init__.py",
            f"!/functions/{concern}",
            "__pycache__",
        ],
    )


def layers(scope: Construct, names: tuple[str, ...]) -> dict[str, lambda_.LayerVersion]:
    """The shared package and the named third-party layers.

    They belong to the concern's own stack: a new version is a new ARN, and CloudFormation refuses to
    change an ARN that another stack imports.
    """
    shared = {"steward": _layer(scope, "Shared", SHARED)}
    built = {name: _layer(scope, f"Layer{name.capitalize()}", BUILT / name) for name in names}
    return shared | built


def require_built(names: set[str]) -> None:
    """Refuse to go on with a third-party layer that is absent or empty.

    Raises:
        LayerNotBuilt: one is.
    """
    for name in sorted(names):
        if not any((BUILT / name).glob("python/*")):
            raise LayerNotBuilt(
                f"layer {name!r}: {BUILT / name} holds no packages; `make deploy` builds it, "
                "or run `python -m cdk.layers`"
            )


def _layer(scope: Construct, construct_id: str, folder: Path) -> lambda_.LayerVersion:
    # Templates can be made and checked without the wheels: `require_built` guards the deployment.
    folder.mkdir(parents=True, exist_ok=True)
    return lambda_.LayerVersion(
        scope,
        construct_id,
        code=lambda_.Code.from_asset(str(folder), exclude=["**/__pycache__"]),
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[ARCHITECTURE],
    )
