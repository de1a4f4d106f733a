"""Fill the FastAPI peer's database: arguments are the rows (JSON lines), the tenant and the key's hash."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from fastapi_app import Base, Key, Resource, Session, engine
from sqlalchemy import Index, insert


async def main(rows: list[dict[str, Any]], tenant: str, digest: str) -> None:
    # The filters that ours has an index for.
    for column in (Resource.type, Resource.account, Resource.region, Resource.state):
        Index(f"by_{column.key}", Resource.tenant, column, Resource.id)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with Session() as session:
        session.add(Key(hash=digest, tenant=tenant, role="admin"))
        await session.execute(insert(Resource), [{"tenant": tenant, **row} for row in rows])
        await session.commit()
    await engine.dispose()


ROWS = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
asyncio.run(main(ROWS, sys.argv[2], sys.argv[3]))
