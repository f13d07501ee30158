"""The service's own signing keys: loaded where given, made once on a developer's machine."""

from services.core.keys import SigningKeys, generate_signing_key, load_signing_keys, save_signing_keys
from services.core.settings import Settings


def signing_keys(settings: Settings) -> SigningKeys:
    """Load the keys; outside production they are made on first use.

    Raises:
        OSError: production has no such file.
    """
    path = settings.signing_keys_path
    if not path.exists() and not settings.is_production:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_signing_keys(path, SigningKeys((generate_signing_key(),)))
    return load_signing_keys(path)
