"""NHS numbers with a right check digit that nobody was ever given."""

import random

_CHANCE = random.Random()


def nhs_number(chance: random.Random = _CHANCE) -> str:
    """Draw one of eighty million, so that tests which share a database do not meet each other's people.

    Those that begin with 999 are left to the demonstration and to what is written out.
    """
    while True:
        nine = f"9{chance.randrange(9 * 10**7):08d}"
        digit = 11 - sum(int(c) * w for c, w in zip(nine, range(10, 1, -1), strict=True)) % 11
        if digit != 10:
            return nine + str(digit % 11)
