"""The other side: a bare FastAPI handler over asyncpg and orjson, the same indexed SELECT, with no token,
no visibility, no row security and no audit. It logs in as the server's superuser, so no policy acts."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response

QUERY = (
    "SELECT id::text, category, precaution, state, review_on, owner_agency FROM rhannu.flags "
    "WHERE person_id = $1 AND state = 'active'"
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await asyncpg.create_pool(os.environ["BENCH_DSN"], min_size=2, max_size=10)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan)


@app.get("/flags/{person_id}")
async def flags(person_id: UUID, request: Request) -> Response:
    rows = await request.app.state.pool.fetch(QUERY, person_id)
    return Response(orjson.dumps([dict(row) for row in rows]), media_type="application/json")
