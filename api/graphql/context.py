"""What a resolver is given: the operation's one unit of work, and the reader's language."""

from dataclasses import dataclass

from api.languages import Language
from services.core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Context:
    """One operation: everything its resolvers read goes through one unit and onto one event."""

    unit: UnitOfWork
    language: Language
