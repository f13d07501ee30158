"""An agency brings in the register that it already holds."""

import random
import time
import uuid

from tests.factories.imports import Importing, told
from tests.factories.registers import Register
from tests.fixtures.service import Service


async def test_probe(service: Service) -> None:
    import os

    count = int(os.environ.get("N", "300"))
    tag = uuid.uuid4().hex[:6]
    t0 = time.time()
    register = Register(random.Random(7), tag).fill(count)
    raw = register.content()
    print("bytes", len(raw), time.time() - t0)
    importing = await Importing(service).begin()
    t = time.time()
    await importing.received(raw)
    print("received", time.time() - t)
    t = time.time()
    await importing.checked()
    print("checked", time.time() - t)
    rows = await importing.rows()
    got = told(rows)
    want = list(register.expected())
    for a, b in zip(got, want, strict=True):
        assert a == b, (a, b, register.rows[a["row"] - 2])
    print(importing.view["progress"])
    await importing.approved()
    t = time.time()
    await importing.run()
    print("run", time.time() - t)
    after = await importing.rows()
    assert told(after, "outcome") == want
    print(importing.view["progress"])
