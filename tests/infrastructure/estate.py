"""A made-up estate with one function for every kind of trigger: what the stacks must cope with."""

from __future__ import annotations

from steward.manifest import (
    Access,
    Bucket,
    Dataset,
    Function,
    Objects,
    Outboxes,
    Poke,
    Queue,
    Routes,
    Schedule,
    Secret,
    Signer,
    Stream,
    Table,
    Trail,
)

ESTATE = (
    Function(
        name="take-orders",
        handler="functions.bakery.handlers.take_orders.handler",
        trigger=Queue(pattern={"source": ["aws.config"]}, bus="default", batch_size=5),
        uses=(Table("bakery"),),
        publishes=("bakery.order.taken.v1",),
        timeout=20,
    ),
    Function(
        name="bake",
        handler="functions.bakery.handlers.bake.handler",
        trigger=Queue(events=("bakery.order.taken.v1",), max_receives=3, max_concurrency=4),
        uses=(Table("bakery"), Secret("oven"), Secret("guests", family=True), Dataset("loaves")),
        publishes=("bakery.loaf.baked.v1",),
        memory=1024,
        mail=True,
        enters=True,
    ),
    Function(
        name="bakery-api",
        handler="functions.bakery.handlers.api.handler",
        trigger=Routes("/api/v1/bakery/orders", "/api/v1/bakery/loaves"),
        uses=(Table("bakery"), Secret("guests", Access.READ_WRITE, family=True)),
        settings={"OVENS": "3"},
    ),
    Function(
        name="doorbell",
        handler="functions.shop.handlers.doorbell.handler",
        trigger=Routes("/shop/bell", api="rest", public=True),
        uses=(Table("shop"),),
        publishes=("shop.bell.rung.v1",),
    ),
    Function(
        name="sweep",
        handler="functions.shop.handlers.sweep.handler",
        trigger=Schedule("cron(0 18 ? * MON-FRI *)", timezone="Europe/Berlin"),
        uses=(Table("shop"), Table("bakery", Access.READ)),
    ),
    Function(
        name="read-invoices",
        handler="functions.shop.handlers.read_invoices.handler",
        trigger=Objects("invoices", prefix="tenants/", suffix=".csv"),
        uses=(Table("shop"), Bucket("invoices", Access.READ)),
    ),
    Function(
        name="file-away",
        handler="functions.porter.handlers.file_away.handler",
        trigger=Trail(batch_size=7, max_receives=6),
        uses=(
            Table("porter"),
            Bucket("ledger", locked=True),
            Secret("wax", generated=True),
            Signer("seal"),
            Outboxes(),
        ),
    ),
    Function(
        name="carry",
        handler="functions.porter.handlers.carry.handler",
        trigger=Stream(),
        uses=(Table("porter"),),
        stores=("dynamodb",),
    ),
    Function(
        name="carry-poked",
        handler="functions.porter.handlers.carry_poked.handler",
        trigger=Poke(),
        uses=(Table("porter"),),
        stores=("aurora",),
    ),
)
