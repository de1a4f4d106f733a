"""The CDK app: the manifests in, the stacks out.

``cdk.json`` runs it as ``python -m cdk.app``. It reads the context ``env`` (dev, staging, production)
and ``store`` (dynamodb, aurora), and nothing else.
"""

from __future__ import annotations

from aws_cdk import App, Aws, Tags

from cdk import assets, grants, nag, settings
from cdk.constructs.function import Setting
from cdk.environments import Environment, UnknownContext, environment
from cdk.stacks.api import ApiStack
from cdk.stacks.concern import ConcernStack
from cdk.stacks.foundation import FoundationStack, pseudo_names
from cdk.stacks.observability import ObservabilityStack
from steward.manifest import (
    STORES,
    Function,
    Poke,
    Routes,
    StoreKind,
    Table,
    Trail,
    load_functions,
)


def build(app: App, *, env: str, store: str, functions: tuple[Function, ...]) -> None:
    """Add every stack of one deployment to the app.

    Raises:
        UnknownContext: ``env`` or ``store`` is none of those there are.
    """
    deployed = tuple(f for f in functions if _store(store) in f.stores)
    where = environment(env)
    names = pseudo_names(env)
    foundation = FoundationStack(
        app,
        f"{names.prefix}-foundation",
        names=names,
        environment=where,
        store=_store(store),
        functions=deployed,
    )
    setting = _setting(foundation, where, _store(store), deployed)
    _stacks(app, foundation, setting, deployed)
    Tags.of(app).add("application", "steward")
    Tags.of(app).add("environment", env)


def _setting(
    foundation: FoundationStack,
    where: Environment,
    store: StoreKind,
    functions: tuple[Function, ...],
) -> Setting:
    names = pseudo_names(where.name)
    database = foundation.database
    return Setting(
        environment=where,
        names=names,
        network=None if database is None else database.network,
        deployment=settings.Deployment(
            names=names,
            store=store,
            store_address=foundation.store_address,
            url_suffix=Aws.URL_SUFFIX,
            functions=functions,
            environment=where,
        ),
        surroundings=grants.Surroundings(
            names=names,
            store=store,
            pokes=tuple(f for f in functions if isinstance(f.trigger, Poke)),
            trails=tuple(f for f in functions if isinstance(f.trigger, Trail)),
            tables=frozenset(
                r.name for f in functions for r in f.resources if isinstance(r, Table)
            ),
            streams=foundation.streams,
            database_user=None if database is None else database.user_arn,
        ),
    )


def _stacks(
    app: App, foundation: FoundationStack, setting: Setting, functions: tuple[Function, ...]
) -> None:
    names, where = setting.names, setting.environment
    concerns = []
    for concern in sorted({function.concern for function in functions}):
        stack = ConcernStack(
            app,
            f"{names.prefix}-{concern}",
            concern=concern,
            functions=tuple(f for f in functions if f.concern == concern),
            setting=setting,
        )
        # Stacks meet by name, so CloudFormation cannot see who needs whom first.
        stack.add_stack_dependency(foundation)
        concerns.append(stack)
    if any(isinstance(function.trigger, Routes) for function in functions):
        api = ApiStack(
            app, f"{names.prefix}-api", names=names, environment=where, functions=functions
        )
        for stack in concerns:
            api.add_stack_dependency(stack)
    ObservabilityStack(
        app, f"{names.prefix}-observability", names=names, environment=where, functions=functions
    )


def _store(name: str) -> StoreKind:
    if name not in STORES:
        raise UnknownContext(f"store is {name!r}; use one of {', '.join(STORES)}")
    return name


def main() -> None:
    """What the CDK command line starts."""
    app = App()
    functions = load_functions()
    assets.require_built({layer for function in functions for layer in function.layers})
    build(
        app,
        env=app.node.get_context("env"),
        store=app.node.get_context("store"),
        functions=functions,
    )
    nag.check(app)
    app.synth()


if __name__ == "__main__":
    main()
