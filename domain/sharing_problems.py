"""Texts of what can be wrong with a request for information and its answer, for the registries of problems and issues.

Each is in English and Welsh. Welsh texts await a translator's check.
"""

from domain.bilingual import Bilingual
from domain.errors import Kind
from domain.problem_rows import Problem, row

SHARING_PROBLEMS: dict[str, Problem] = {
    "sharing-needs-another": row(
        Kind.DENIED,
        ("Somebody else must do this", "Rhaid i rywun arall wneud hyn"),
        (
            "Whoever asked for information never answers, whoever refused does not decide again, and nobody answers their own concern, from any account. Ask a colleague who had no part in it.",
            "Nid yw'r sawl a ofynnodd am wybodaeth byth yn ateb, nid yw'r sawl a wrthododd yn penderfynu eto, ac nid oes neb yn ateb ei bryder ei hun, o unrhyw gyfrif. Gofynnwch i gydweithiwr nad oedd ganddo ran ynddo.",
        ),
    ),
    "sharing-state-conflict": row(
        Kind.CONFLICT,
        ("Not in this state", "Nid yn y cyflwr hwn"),
        (
            "How the request, the disclosure or the decision stands does not allow this step. Read it again: somebody may have acted first.",
            "Nid yw cyflwr y cais, y datgeliad na'r penderfyniad yn caniatáu'r cam hwn. Darllenwch ef eto: efallai fod rhywun wedi gweithredu gyntaf.",
        ),
    ),
    "sharing-person-unmatched": row(
        Kind.CONFLICT,
        ("Say first which of your records this is", "Nodwch yn gyntaf pa un o'ch cofnodion yw hwn"),
        (
            "Nothing is given about somebody before a person of your agency has said which of your records they are. Match the request, or refuse it because the person was not found.",
            "Ni roddir dim am rywun cyn i berson o'ch asiantaeth ddweud pa un o'ch cofnodion ydyw. Parwch y cais, neu gwrthodwch ef am na chafwyd hyd i'r person.",
        ),
    ),
}

SHARING_ISSUES: dict[str, Bilingual] = {
    "refusal-form": Bilingual(
        "The gateway requires another form: section 164 is declined because giving it would be incompatible with your own duties or otherwise adverse to your functions; other gateways by another ground.",
        "Mae'r porth yn gofyn am ffurf arall: gwrthodir adran 164 am y byddai rhoi'r wybodaeth yn anghydnaws â'ch dyletswyddau eich hun neu fel arall yn niweidiol i'ch swyddogaethau; pyrth eraill ar sail arall.",
    ),
    "gateway-not-theirs": Bilingual(
        "These two agencies cannot use this gateway: section 164 is a council's request to a relevant partner, section 137 the Board's.",
        "Ni all y ddwy asiantaeth hyn ddefnyddio'r porth hwn: cais cyngor i bartner perthnasol yw adran 164, a chais y Bwrdd yw adran 137.",
    ),
    "basis-not-theirs": Bilingual(
        "A public body does not do its own tasks on this basis.",
        "Nid yw corff cyhoeddus yn cyflawni ei dasgau ei hun ar y sail hon.",
    ),
    "not-asked-for": Bilingual("This was not asked for, so it is not given.", "Ni ofynnwyd am hyn, felly nis rhoddir."),
    "not-granted": Bilingual(
        "This was not granted, so a correction does not give it.",
        "Ni chaniatawyd hyn, felly nid yw cywiriad yn ei roi.",
    ),
    "nothing-granted": Bilingual(
        "An answer grants something: where nothing is given, refuse the request.",
        "Mae ateb yn caniatáu rhywbeth: lle na roddir dim, gwrthodwch y cais.",
    ),
}
