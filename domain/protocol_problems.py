"""Texts of what can be wrong with an information sharing protocol, for the registries of problems and issues.

Each is in English and Welsh. Welsh texts await a translator's check.
"""

from domain.bilingual import Bilingual
from domain.errors import Kind
from domain.problem_rows import Problem, row

PROTOCOL_PROBLEMS: dict[str, Problem] = {
    "protocol-state-conflict": row(
        Kind.CONFLICT,
        ("The protocol is not in this state", "Nid yw'r protocol yn y cyflwr hwn"),
        (
            "How the protocol stands does not allow this step: read it again. Terms change only while it is a draft; what is in force ends by a review, a successor, or your agency's leaving.",
            "Nid yw cyflwr y protocol yn caniatáu'r cam hwn: darllenwch ef eto. Dim ond tra bo'n ddrafft y mae telerau'n newid; daw'r hyn sydd mewn grym i ben drwy adolygiad, olynydd, neu ymadawiad eich asiantaeth.",
        ),
    ),
    "protocol-needs-another": row(
        Kind.DENIED,
        ("Somebody else must do this", "Rhaid i rywun arall wneud hyn"),
        (
            "Whoever drafted a protocol does not assure it, and whoever began its review does not end it, from any account. Ask another administrator of the Board.",
            "Nid yw'r sawl a ddrafftiodd brotocol yn ei sicrhau, ac nid yw'r sawl a ddechreuodd ei adolygu yn ei derfynu, o unrhyw gyfrif. Gofynnwch i weinyddwr arall o'r Bwrdd.",
        ),
    ),
    "protocol-unsigned": row(
        Kind.CONFLICT,
        ("Too few partners have signed", "Mae rhy ychydig o bartneriaid wedi llofnodi"),
        (
            "A protocol comes into force when at least two of its partners have signed it, each for itself.",
            "Daw protocol i rym pan fydd o leiaf ddau o'i bartneriaid wedi'i lofnodi, pob un drosto'i hun.",
        ),
    ),
    "no-flow": row(
        Kind.CONFLICT,
        ("No protocol in force covers this", "Nid oes protocol mewn grym yn cwmpasu hyn"),
        (
            "Name a flow of a protocol in force by which your agency may give each of these items to the asker for this purpose; see GET /v1/sharing-flows. Otherwise a senior person decides on this one case, and says why.",
            "Enwch lif o brotocol mewn grym y caiff eich asiantaeth roi pob un o'r eitemau hyn i'r gofynnwr drwyddo at y diben hwn; gweler GET /v1/sharing-flows. Fel arall mae uwch swyddog yn penderfynu ar yr un achos hwn, ac yn dweud pam.",
        ),
    ),
}

PROTOCOL_ISSUES: dict[str, Bilingual] = {
    "not-a-partner": Bilingual(
        "Flows run between partners that the protocol names.",
        "Mae llifoedd yn rhedeg rhwng partneriaid y mae'r protocol yn eu henwi.",
    ),
    "not-agreed": Bilingual(
        "This purpose is not among the purposes of the protocol.", "Nid yw'r diben hwn ymhlith dibenion y protocol."
    ),
    "not-one-way": Bilingual(
        "A DDA is one-way: who gives under it does not receive under it. Use an ISP.",
        "Unffordd yw DDA: nid yw'r sawl sy'n rhoi oddi tano yn derbyn oddi tano. Defnyddiwch ISP.",
    ),
    "needs-condition": Bilingual(
        "A flow holds items that need a special condition: name it with its policy document.",
        "Mae llif yn cynnwys eitemau sydd angen amod arbennig: enwch ef gyda'i ddogfen bolisi.",
    ),
}
