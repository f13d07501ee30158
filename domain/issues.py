"""The one registry of field issues, in English and Welsh (law 8, W-05): what is wrong with one field of a request.

The page `openapi/problems.md` is generated from here and from `domain.problems`. Welsh texts await a translator's check.
"""

from domain.bilingual import Bilingual
from domain.break_glass_problems import BREAK_GLASS_ISSUES
from domain.flag_problems import FLAG_ISSUES
from domain.import_problems import ROW_ISSUES
from domain.protocol_problems import PROTOCOL_ISSUES
from domain.restraint_problems import RESTRAINT_ISSUES
from domain.sharing_problems import SHARING_ISSUES

ISSUES: dict[str, Bilingual] = {
    "required": Bilingual("This is required.", "Mae hwn yn ofynnol."),
    "unknown-field": Bilingual("There is no such field here.", "Nid oes maes o'r fath yma."),
    "wrong-type": Bilingual("This has the wrong type.", "Mae hwn o'r math anghywir."),
    "too-long": Bilingual("This is too long.", "Mae hwn yn rhy hir."),
    "too-short": Bilingual("This is too short.", "Mae hwn yn rhy fyr."),
    "too-vague": Bilingual(
        "This is too little to find anybody by: give an NHS number, or a family name with a birth date, a given name or a place.",
        "Mae hyn yn rhy ychydig i ganfod neb: rhowch rif GIG, neu enw teuluol gyda dyddiad geni, enw a roddwyd neu le.",
    ),
    "too-many": Bilingual("There are too many of these.", "Mae gormod o'r rhain."),
    "too-few": Bilingual("There are too few of these.", "Mae rhy ychydig o'r rhain."),
    "out-of-range": Bilingual("This is outside what is allowed.", "Mae hwn y tu hwnt i'r hyn a ganiateir."),
    "pattern": Bilingual("This does not have the form required.", "Nid yw hwn ar y ffurf ofynnol."),
    "code-unknown": Bilingual(
        "This code is not in its list; see GET /v1/vocabularies.",
        "Nid yw'r cod hwn yn ei restr; gweler GET /v1/vocabularies.",
    ),
    "duplicate": Bilingual("This stands here twice.", "Mae hwn yma ddwywaith."),
    "not-text": Bilingual(
        "This holds characters that are not text (NUL, control characters, lone surrogates).",
        "Mae hwn yn cynnwys nodau nad ydynt yn destun (NUL, nodau rheoli, dirprwyon unig).",
    ),
    "date-invalid": Bilingual(
        "Write dates as YYYY-MM-DD and times with their offset.",
        "Ysgrifennwch ddyddiadau fel BBBB-MM-DD ac amserau gyda'u gwrthbwysiad.",
    ),
    "in-future": Bilingual("This lies in the future.", "Mae hwn yn y dyfodol."),
    "in-past": Bilingual("This lies in the past.", "Mae hwn yn y gorffennol."),
    "check-digit": Bilingual(
        "The check digit does not agree: a digit is wrong, or two are swapped.",
        "Nid yw'r digid gwirio'n cytuno: mae digid yn anghywir, neu mae dau wedi'u cyfnewid.",
    ),
    "ends-before-start": Bilingual("This ends before it starts.", "Mae hwn yn gorffen cyn iddo ddechrau."),
    "inconsistent": Bilingual(
        "This does not fit what another field says.", "Nid yw hwn yn cyd-fynd â'r hyn a ddywed maes arall."
    ),
    "not-found": Bilingual(
        "There is no such record that you may use.", "Nid oes cofnod o'r fath y cewch ei ddefnyddio."
    ),
    "place-unknown": Bilingual("No fact fills this place in braces.", "Nid oes ffaith i lenwi'r lle hwn mewn bachau."),
    "place-missing": Bilingual(
        "A place that a notice needs is missing.", "Mae lle sydd ei angen ar hysbysiad ar goll."
    ),
    "place-not-alone": Bilingual("This place needs its own paragraph.", "Mae angen paragraff ei hun ar y lle hwn."),
    "blaming-word": Bilingual("A care need calls for no word of blame.", "Nid yw angen gofal yn galw am air o fai."),
    "query-syntax": Bilingual("This is not a GraphQL document.", "Nid dogfen GraphQL yw hon."),
    "query-operations": Bilingual(
        "Send one query or mutation, and each fragment once.", "Anfonwch un ymholiad neu fwtaniad, a phob darn unwaith."
    ),
    "query-operation-name": Bilingual(
        "The query holds no operation of this name.", "Nid oes gweithrediad o'r enw hwn yn yr ymholiad."
    ),
    "query-tokens": Bilingual("The query is too long.", "Mae'r ymholiad yn rhy hir."),
    "query-depth": Bilingual("The query is nested too deeply.", "Mae'r ymholiad wedi'i nythu'n rhy ddwfn."),
    "query-fragments": Bilingual(
        "The query has too many fragments, or spreads them too often.",
        "Mae gan yr ymholiad ormod o ddarnau, neu mae'n eu defnyddio'n rhy aml.",
    ),
    "query-fragment-cycle": Bilingual("A fragment leads back to itself.", "Mae darn yn arwain yn ôl ato'i hun."),
    "query-aliases": Bilingual("The query has too many aliases.", "Mae gan yr ymholiad ormod o enwau eraill."),
    "query-roots": Bilingual("The query has too many root fields.", "Mae gan yr ymholiad ormod o feysydd gwraidd."),
    "query-fields": Bilingual("The query selects too many fields.", "Mae'r ymholiad yn dewis gormod o feysydd."),
    "query-repeats": Bilingual(
        "The query selects the same field too often.", "Mae'r ymholiad yn dewis yr un maes yn rhy aml."
    ),
    "query-directives": Bilingual("The query has too many directives.", "Mae gan yr ymholiad ormod o gyfarwyddebau."),
    "query-variables": Bilingual("The query has too many variables.", "Mae gan yr ymholiad ormod o newidynnau."),
    "query-page-size": Bilingual(
        "Give every such list first or last: a whole number, 50 at most.",
        "Rhowch first neu last i bob rhestr o'r fath: rhif cyfan, 50 ar y mwyaf.",
    ),
    "query-cost": Bilingual(
        "The lists of the query multiply to too much; ask for smaller pages.",
        "Mae rhestrau'r ymholiad yn lluosi'n ormod; gofynnwch am dudalennau llai.",
    ),
    "query-introspection": Bilingual(
        "The schema cannot be asked here; it is among the API documents.",
        "Ni holir y sgema yma; mae ymhlith dogfennau'r API.",
    ),
    "private-key": Bilingual(
        "This holds a private key. Nobody but you may have it: make a new pair, and send the public key only.",
        "Mae hwn yn cynnwys allwedd breifat. Ni chaiff neb ond chi ei chael: gwnewch bâr newydd, ac anfonwch yr allwedd gyhoeddus yn unig.",
    ),
    "key-invalid": Bilingual(
        "Each key must be a public ES256 signing key on P-256 with a kid of its own (RFC 7517), 20 at most.",
        "Rhaid i bob allwedd fod yn allwedd lofnodi ES256 gyhoeddus ar P-256 gyda kid ei hun (RFC 7517), 20 ar y mwyaf.",
    ),
    "address-not-allowed": Bilingual(
        "Keys are not fetched from there: give an https address at a host that the Board has allowed.",
        "Ni cheir allweddi oddi yno: rhowch gyfeiriad https ar westeiwr y mae'r Bwrdd wedi'i ganiatáu.",
    ),
    **FLAG_ISSUES,
    **SHARING_ISSUES,
    **PROTOCOL_ISSUES,
    **BREAK_GLASS_ISSUES,
    **RESTRAINT_ISSUES,
    **{code: Bilingual(*texts) for code, texts in ROW_ISSUES.items()},
}
"""Texts of field issues; they name what to mend and never repeat what was sent."""
