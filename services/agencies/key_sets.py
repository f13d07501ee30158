"""Whether the keys registered for a system can be used: told at once, since a token request only says no."""

import orjson

from domain.agency_systems import ClientKeys
from domain.errors import invalid
from services.core.key_sources import FetchPolicy, address_fault
from services.core.keys import KeySetError, parse_key_set

_PRIVATE = "private-key-published"


def check_key_material(keys: ClientKeys, policy: FetchPolicy) -> None:
    """Refuse keys that would never verify anything, or an address that would never be asked.

    Raises:
        DomainError: `content-invalid`; what was sent is never repeated, a private key least of all.
    """
    try:
        if keys.key_set is not None and not len(parse_key_set(orjson.dumps(keys.key_set))):
            raise invalid(("/keySet/keys", "too-few"))
    except KeySetError as error:
        raise invalid(("/keySet", "private-key" if str(error) == _PRIVATE else "key-invalid")) from None
    if keys.key_set_url is not None and address_fault(keys.key_set_url, policy) is not None:
        raise invalid(("/keySetUrl", "address-not-allowed"))
