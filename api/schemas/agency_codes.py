"""How an agency is named in an address."""

from typing import Annotated

from fastapi import Path

Code = Annotated[str, Path(pattern=r"^[a-z0-9-]{2,40}$", description="The agency's code.")]
