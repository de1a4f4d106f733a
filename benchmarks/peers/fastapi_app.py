"""The FastAPI peer: the same two reads over async SQLAlchemy and SQLite, with the same key check."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import JSON, String, event, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

KEY_KNOWN_FOR = 60.0
Text = Annotated[str | None, Field(max_length=512)]


class Base(DeclarativeBase):
    pass


class Key(Base):
    __tablename__ = "keys"
    hash: Mapped[str] = mapped_column(String, primary_key=True)
    tenant: Mapped[str]
    role: Mapped[str]


class Resource(Base):
    __tablename__ = "resources"
    tenant: Mapped[str] = mapped_column(String, primary_key=True)
    id: Mapped[str] = mapped_column(String, primary_key=True)
    provider: Mapped[str]
    account: Mapped[str]
    region: Mapped[str]
    type: Mapped[str]
    native_id: Mapped[str]
    arn: Mapped[str | None]
    name: Mapped[str | None]
    tags: Mapped[dict[str, str]] = mapped_column(JSON)
    configuration: Mapped[dict[str, Any]] = mapped_column(JSON)
    relations: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    state: Mapped[str]
    partial: Mapped[str | None]
    captured_at: Mapped[str]
    version: Mapped[int]


class Relation(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    kind: str
    target_type: str
    target_id: str


class Summary(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    provider: str
    account: str
    region: str
    type: str
    native_id: str
    arn: str | None
    name: str | None
    tags: dict[str, str]
    state: str
    partial: str | None
    captured_at: AwareDatetime
    version: int


class View(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    provider: str
    account: str
    region: str
    type: str
    native_id: str
    arn: str | None
    name: str | None
    tags: dict[str, str]
    configuration: dict[str, Any]
    relations: tuple[Relation, ...]
    state: str
    partial: str | None
    captured_at: AwareDatetime
    version: int


class Filters(BaseModel):
    provider: Text = None
    account: Text = None
    region: Text = None
    type: Text = None
    state: Text = None
    cursor: Text = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Listing(BaseModel):
    items: list[Summary]
    cursor: str | None


engine = create_async_engine(f"sqlite+aiosqlite:///{os.environ['PEER_DATABASE']}", pool_size=20)
Session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
bearer = HTTPBearer()
known: dict[str, tuple[float, Key]] = {}


@event.listens_for(engine.sync_engine, "connect")
def _pragmas(connection: Any, _: Any) -> None:
    # The same as ours reads with.
    for pragma in ("journal_mode=WAL", "cache_size=-32768", "mmap_size=268435456"):
        connection.execute(f"PRAGMA {pragma}")


async def session() -> AsyncIterator[AsyncSession]:
    async with Session() as opened:
        yield opened


async def caller(
    given: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    db: Annotated[AsyncSession, Depends(session)],
) -> Key:
    """The key of that hash, remembered for a minute."""
    digest = hashlib.sha256(given.credentials.encode()).hexdigest()
    until, key = known.get(digest, (0.0, None))
    if key is None or until < time.monotonic():
        key = await db.get(Key, digest)
        if key is None:
            raise HTTPException(401, "unknown key")
        known[digest] = (time.monotonic() + KEY_KNOWN_FOR, key)
    return key


Db = Annotated[AsyncSession, Depends(session)]
Caller = Annotated[Key, Depends(caller)]


@app.get("/api/v1/inventory/resources")
async def list_resources(db: Db, key: Caller, asked: Annotated[Filters, Query()]) -> Listing:
    """Resources that all given filters take, in the order of their ids."""
    limit = asked.limit
    rows = select(Resource).where(Resource.tenant == key.tenant)
    for name, value in asked.model_dump(exclude={"cursor", "limit"}, exclude_none=True).items():
        rows = rows.where(getattr(Resource, name) == value)
    if asked.cursor is not None:
        rows = rows.where(Resource.id > base64.urlsafe_b64decode(asked.cursor).decode())
    found = (await db.scalars(rows.order_by(Resource.id).limit(limit + 1))).all()
    more = base64.urlsafe_b64encode(found[limit - 1].id.encode()) if len(found) > limit else None
    return Listing(
        items=[Summary.model_validate(row) for row in found[:limit]],
        cursor=None if more is None else more.decode(),
    )


@app.get("/api/v1/inventory/resources/{resource_id}", response_model=View)
async def get_resource(resource_id: str, db: Db, key: Caller, response: Response) -> Resource:
    """A resource now."""
    found = await db.get(Resource, (key.tenant, resource_id))
    if found is None:
        raise HTTPException(404, f"resource {resource_id}: not found")
    response.headers["ETag"] = f'"{found.version}"'
    return found
