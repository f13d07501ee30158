"""The one registry of problems, in English and Welsh (law 8, W-05).

A problem is what a whole request came to; an issue is what is wrong with one field of it (`domain.issues`).
The page `openapi/problems.md` and the OpenAPI error examples are generated from here.
Welsh texts await a translator's check.
"""

from domain.bilingual import Bilingual, Language
from domain.break_glass_problems import BREAK_GLASS_PROBLEMS
from domain.conflict_problems import CONFLICT_PROBLEMS
from domain.errors import Kind
from domain.field_problems import FIELD_PROBLEMS
from domain.flag_problems import FLAG_PROBLEMS
from domain.import_problems import IMPORT_PROBLEMS
from domain.problem_rows import Problem
from domain.problem_rows import row as _row
from domain.protocol_problems import PROTOCOL_PROBLEMS
from domain.register_problems import REGISTER_PROBLEMS
from domain.restraint_problems import RESTRAINT_PROBLEMS
from domain.sharing_problems import SHARING_PROBLEMS

__all__ = ["PROBLEMS", "Bilingual", "Language", "Problem"]


PROBLEMS: dict[str, Problem] = {
    "body-malformed": _row(
        Kind.MALFORMED,
        ("The body cannot be read", "Ni ellir darllen y corff"),
        (
            "Send one JSON document in UTF-8, without NUL characters or lone surrogates, nested 32 levels at most.",
            "Anfonwch un ddogfen JSON mewn UTF-8, heb nodau NUL na dirprwyon unig, wedi'i nythu 32 lefel ar y mwyaf.",
        ),
    ),
    "purpose-missing": _row(
        Kind.MALFORMED,
        ("Say why you are asking", "Nodwch pam rydych yn gofyn"),
        (
            "Send the header Purpose-Of-Use with one code of the purpose-of-use list.",
            "Anfonwch y pennawd Purpose-Of-Use gydag un cod o'r rhestr purpose-of-use.",
        ),
    ),
    "purpose-unknown": _row(
        Kind.MALFORMED,
        ("That purpose is not known", "Nid yw'r diben hwnnw'n hysbys"),
        (
            "Purpose-Of-Use must be one code of the purpose-of-use list; see GET /v1/vocabularies/purpose-of-use.",
            "Rhaid i Purpose-Of-Use fod yn un cod o'r rhestr purpose-of-use; gweler GET /v1/vocabularies/purpose-of-use.",
        ),
    ),
    "parameter-invalid": _row(
        Kind.MALFORMED,
        ("A parameter is wrong", "Mae paramedr yn anghywir"),
        (
            "Correct the parameters named in errors and send the request again.",
            "Cywirwch y paramedrau a enwir yn errors ac anfonwch y cais eto.",
        ),
    ),
    "idempotency-key-missing": _row(
        Kind.MALFORMED,
        ("An Idempotency-Key is needed", "Mae angen Idempotency-Key"),
        (
            "Send the header Idempotency-Key (1 to 255 visible ASCII characters), new for each thing you create and the "
            "same when you try again, so that a retry can never act twice.",
            "Anfonwch y pennawd Idempotency-Key (1 i 255 o nodau ASCII gweladwy), un newydd ar gyfer pob peth a grëwch "
            "a'r un un wrth roi cynnig arall arni, fel na all ail gynnig weithredu ddwywaith.",
        ),
    ),
    "agency-not-named": _row(
        Kind.MALFORMED,
        ("Say which agency you act for", "Nodwch ar ran pa asiantaeth rydych yn gweithredu"),
        (
            "This user may act for several agencies: send the header Acting-For-Agency with one agency code.",
            "Gall y defnyddiwr hwn weithredu ar ran sawl asiantaeth: anfonwch y pennawd Acting-For-Agency gydag un cod asiantaeth.",
        ),
    ),
    "client-assertion-invalid": _row(
        Kind.UNAUTHENTICATED,
        ("The client could not be authenticated", "Ni ellid dilysu'r cleient"),
        (
            "Sign the client assertion with a registered key: ES256, audience the issuer of this service, five minutes "
            "of life at most, and a jti used once.",
            "Llofnodwch honiad y cleient ag allwedd gofrestredig: ES256, y gwasanaeth hwn yn gynulleidfa, pum munud o "
            "oes ar y mwyaf, a jti a ddefnyddir unwaith.",
        ),
    ),
    "scope-not-granted": _row(
        Kind.MALFORMED,
        ("That scope is not granted", "Nid yw'r cwmpas hwnnw wedi'i roi"),
        (
            "Ask for scopes of your client's registration only, or leave scope out to get them all.",
            "Gofynnwch am gwmpasau yng nghofrestriad eich cleient yn unig, neu hepgorwch scope i'w cael i gyd.",
        ),
    ),
    "grant-unsupported": _row(
        Kind.MALFORMED,
        ("That grant is not served here", "Ni chynigir y caniatâd hwnnw yma"),
        (
            "Use client_credentials, or urn:ietf:params:oauth:grant-type:token-exchange, with a signed client assertion.",
            "Defnyddiwch client_credentials, neu urn:ietf:params:oauth:grant-type:token-exchange, gyda honiad cleient wedi'i lofnodi.",
        ),
    ),
    "subject-token-invalid": _row(
        Kind.MALFORMED,
        ("The directory's token is not accepted", "Ni dderbynnir tocyn y cyfeiriadur"),
        (
            "Send a token that your agency's registered directory issued for this service, unexpired, of the type you "
            "name, about somebody whose login your agency registered here. Nothing was issued.",
            "Anfonwch docyn a gyhoeddwyd gan gyfeiriadur cofrestredig eich asiantaeth ar gyfer y gwasanaeth hwn, heb ddod i "
            "ben, o'r math a enwch, am rywun y cofrestrodd eich asiantaeth ei fewngofnod yma. Ni chyhoeddwyd dim.",
        ),
    ),
    "token-invalid": _row(
        Kind.UNAUTHENTICATED,
        ("The access token is not valid", "Nid yw'r tocyn mynediad yn ddilys"),
        (
            "Get a new token from POST /oauth2/token and send it as: Authorization: Bearer TOKEN.",
            "Mynnwch docyn newydd gan POST /oauth2/token a'i anfon fel: Authorization: Bearer TOKEN.",
        ),
    ),
    "access-denied": _row(
        Kind.DENIED,
        ("You may not do this", "Ni chewch wneud hyn"),
        (
            "Your role, scope or purpose does not allow this. The attempt is on the audit trail. Ask your agency "
            "administrator if your work needs it.",
            "Nid yw eich rôl, eich cwmpas na'ch diben yn caniatáu hyn. Mae'r ymgais ar y trywydd archwilio. Gofynnwch i "
            "weinyddwr eich asiantaeth os oes ei angen ar gyfer eich gwaith.",
        ),
    ),
    "purpose-not-permitted": _row(
        Kind.DENIED,
        ("Not for that purpose", "Nid at y diben hwnnw"),
        (
            "This cannot be done for the purpose you gave. Give the true purpose; the API documents list which ones fit.",
            "Ni ellir gwneud hyn at y diben a roddwyd. Rhowch y gwir ddiben; mae dogfennau'r API yn rhestru'r rhai sy'n addas.",
        ),
    ),
    "second-person-needed": _row(
        Kind.DENIED,
        ("Someone else must confirm", "Rhaid i rywun arall gadarnhau"),
        (
            "Whoever registered this cannot confirm it, from any account. Ask another administrator of your agency.",
            "Ni all y sawl a gofrestrodd hyn ei gadarnhau, o unrhyw gyfrif. Gofynnwch i weinyddwr arall yn eich asiantaeth.",
        ),
    ),
    "not-found": _row(
        Kind.NOT_FOUND,
        ("Not found", "Heb ei ganfod"),
        (
            "There is nothing here that you may see.",
            "Nid oes dim yma y cewch ei weld.",
        ),
    ),
    "method-not-allowed": _row(
        Kind.METHOD,
        ("That method does not apply here", "Nid yw'r dull hwnnw'n berthnasol yma"),
        (
            "See the header Allow for the methods of this address.",
            "Gweler y pennawd Allow am ddulliau'r cyfeiriad hwn.",
        ),
    ),
    "already-registered": _row(
        Kind.CONFLICT,
        ("Already registered", "Eisoes wedi'i gofrestru"),
        (
            "Your agency already holds a record with this identifier. Search for it and amend it.",
            "Mae eich asiantaeth eisoes yn dal cofnod â'r dynodwr hwn. Chwiliwch amdano a'i ddiwygio.",
        ),
    ),
    "request-in-flight": _row(
        Kind.CONFLICT,
        ("The first request is still running", "Mae'r cais cyntaf yn dal i redeg"),
        (
            "A request with this Idempotency-Key is being worked on. Wait a second and send it again.",
            "Mae cais â'r Idempotency-Key hwn yn cael ei brosesu. Arhoswch eiliad a'i anfon eto.",
        ),
    ),
    "version-stale": _row(
        Kind.STALE,
        ("It has changed since you read it", "Mae wedi newid ers i chi ei ddarllen"),
        (
            "Read it again, look at what changed, and send your change with the new ETag in If-Match.",
            "Darllenwch ef eto, edrychwch ar y newid, ac anfonwch eich newid â'r ETag newydd yn If-Match.",
        ),
    ),
    "if-match-missing": _row(
        Kind.CONDITION_REQUIRED,
        ("Say which version you are changing", "Nodwch pa fersiwn rydych yn ei newid"),
        (
            "Send the header If-Match with the ETag you were given when you read it.",
            "Anfonwch y pennawd If-Match gyda'r ETag a gawsoch wrth ei ddarllen.",
        ),
    ),
    "body-too-large": _row(
        Kind.TOO_LARGE,
        ("The body is too large", "Mae'r corff yn rhy fawr"),
        (
            "This address takes 64 KiB, or what its documentation says. Send less at a time.",
            "Mae'r cyfeiriad hwn yn derbyn 64 KiB, neu'r hyn a ddywed ei ddogfennaeth. Anfonwch lai ar y tro.",
        ),
    ),
    "media-type-unsupported": _row(
        Kind.UNSUPPORTED,
        ("That media type is not read here", "Ni ddarllenir y math cyfrwng hwnnw yma"),
        (
            "Send Content-Type: application/json, or the type that the documentation of this address names.",
            "Anfonwch Content-Type: application/json, neu'r math y mae dogfennaeth y cyfeiriad hwn yn ei enwi.",
        ),
    ),
    "letter-to-be-spoken": _row(
        Kind.CONFLICT,
        ("This is to be told by word of mouth", "Mae hyn i'w ddweud ar lafar"),
        ("Read out the text of the notice: no letter is sent.", "Darllenwch destun yr hysbysiad: ni anfonir llythyr."),
    ),
    "letter-beyond-font": _row(
        Kind.CONFLICT,
        (
            "The letter holds a character that cannot be printed here",
            "Mae'r llythyr yn cynnwys nod na ellir ei argraffu yma",
        ),
        ("Print its text (text/plain) with a fuller font.", "Argraffwch ei destun (text/plain) â ffont helaethach."),
    ),
    "form-not-offered": _row(
        Kind.NOT_ACCEPTABLE,
        ("It is not given in that form", "Nid yw ar gael ar y ffurf honno"),
        ("Ask in Accept for a type the documents name.", "Gofynnwch yn Accept am fath y mae'r dogfennau'n ei enwi."),
    ),
    "content-invalid": _row(
        Kind.INVALID,
        ("Something in the request is wrong", "Mae rhywbeth yn y cais yn anghywir"),
        (
            "Correct the fields named in errors and send the request again. Nothing was stored.",
            "Cywirwch y meysydd a enwir yn errors ac anfonwch y cais eto. Ni storiwyd dim.",
        ),
    ),
    "idempotency-key-reused": _row(
        Kind.INVALID,
        ("That key was used for something else", "Defnyddiwyd yr allwedd honno at rywbeth arall"),
        (
            "This Idempotency-Key came earlier with a different request. Use a new key for a new request.",
            "Daeth yr Idempotency-Key hwn yn gynharach gyda chais gwahanol. Defnyddiwch allwedd newydd ar gyfer cais newydd.",
        ),
    ),
    "query-too-costly": _row(
        Kind.INVALID,
        ("The query asks for too much", "Mae'r ymholiad yn gofyn am ormod"),
        (
            "Ask for less at once: the limits are in the GraphQL part of the API documents.",
            "Gofynnwch am lai ar y tro: mae'r terfynau yn rhan GraphQL dogfennau'r API.",
        ),
    ),
    "query-invalid": _row(
        Kind.INVALID,
        ("The query does not fit the schema", "Nid yw'r ymholiad yn cyd-fynd â'r sgema"),
        (
            "Send one query or mutation that fits the GraphQL schema in the API documents. Nothing was done.",
            "Anfonwch un ymholiad neu fwtaniad sy'n cyd-fynd â'r sgema GraphQL yn nogfennau'r API. Ni wnaed dim.",
        ),
    ),
    "rate-limited": _row(
        Kind.TOO_MANY,
        ("Too many requests", "Gormod o geisiadau"),
        (
            "Wait for the number of seconds in Retry-After. Use one check for a list of people, not one for each.",
            "Arhoswch am nifer yr eiliadau yn Retry-After. Defnyddiwch un gwiriad ar gyfer rhestr o bobl, nid un i bob un.",
        ),
    ),
    "internal-error": _row(
        Kind.INTERNAL,
        ("Something went wrong on our side", "Aeth rhywbeth o'i le ar ein hochr ni"),
        (
            "No data was given and nothing was stored. If you were checking before a visit, treat the risk as unknown: "
            "apply your lone-worker procedure and ring your duty number.",
            "Ni roddwyd data ac ni storiwyd dim. Os oeddech yn gwirio cyn ymweliad, dylech drin y risg fel un anhysbys: "
            "dilynwch eich trefn gweithio ar eich pen eich hun a ffoniwch eich rhif dyletswydd.",
        ),
    ),
    "service-unavailable": _row(
        Kind.UNAVAILABLE,
        ("The service cannot answer now", "Ni all y gwasanaeth ateb nawr"),
        (
            "No data was given because it could not be recorded safely. The risk is unknown: apply your lone-worker "
            "procedure, ring your duty number, and try again shortly.",
            "Ni roddwyd data am na ellid ei gofnodi'n ddiogel. Mae'r risg yn anhysbys: dilynwch eich trefn gweithio ar "
            "eich pen eich hun, ffoniwch eich rhif dyletswydd, a rhowch gynnig arall arni cyn bo hir.",
        ),
    ),
    **{code: _row(*texts) for code, texts in FLAG_PROBLEMS.items()},
    **REGISTER_PROBLEMS,
    **SHARING_PROBLEMS,
    **PROTOCOL_PROBLEMS,
    **BREAK_GLASS_PROBLEMS,
    **CONFLICT_PROBLEMS,
    **FIELD_PROBLEMS,
    **RESTRAINT_PROBLEMS,
    **{code: _row(*texts) for code, texts in IMPORT_PROBLEMS.items()},
}
