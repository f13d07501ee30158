"""The text of what the field registry refuses, for the registry of problems; it awaits a translator's check."""

from domain.errors import Kind
from domain.problem_rows import Problem, row

FIELD_PROBLEMS: dict[str, Problem] = {
    "filter-not-permitted": row(
        Kind.DENIED,
        ("You may not ask by that", "Ni chewch ofyn yn ôl hynny"),
        (
            "This list cannot be narrowed or ordered for you by a field that you may not see in full. Leave the"
            " parameter out, or ask a colleague whose role shows it.",
            "Ni ellir culhau na threfnu'r rhestr hon i chi yn ôl maes na chewch ei weld yn llawn. Hepgorwch y"
            " paramedr, neu gofynnwch i gydweithiwr y mae ei rôl yn ei ddangos.",
        ),
    ),
}
