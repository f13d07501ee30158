"""Texts of what keeps information back: terms agreed with a family, and records that only named people see.

Each is in English and Welsh, for the registries of problems and issues. Welsh texts await a translator's check.
"""

from domain.bilingual import Bilingual
from domain.errors import Kind
from domain.problem_rows import Problem, row

RESTRAINT_PROBLEMS: dict[str, Problem] = {
    "confidentiality-terms-apply": row(
        Kind.CONFLICT,
        ("Agreed with the family not to be passed on", "Cytunwyd â'r teulu i beidio â'i throsglwyddo"),
        (
            "Your agency agreed with the family not to pass on what errors names. Leave it out, or state the lawful ground that overrides the terms, with a reason and whether the family was told.",
            "Cytunodd eich asiantaeth â'r teulu i beidio â throsglwyddo'r hyn a enwir yn errors. Gadewch ef allan, neu nodwch y sail gyfreithlon sy'n drech na'r telerau, gyda rheswm a nodi a hysbyswyd y teulu.",
        ),
    ),
}

RESTRAINT_ISSUES: dict[str, Bilingual] = {
    "terms-apply": Bilingual(
        "Terms agreed with the family keep this back from that agency.",
        "Mae telerau a gytunwyd â'r teulu yn cadw hyn rhag yr asiantaeth honno.",
    ),
}
