"""Texts of what can go wrong when an older register is brought in, for the one registry in `domain.problems`.

Each is in English and Welsh. Welsh texts await a translator's check.
"""

from domain.errors import Kind

IMPORT_PROBLEMS: dict[str, tuple[Kind, tuple[str, str], tuple[str, str]]] = {
    "legacy-needs-decision": (
        Kind.CONFLICT,
        ("Nobody has decided this warning here", "Nid oes neb wedi penderfynu ar y rhybudd hwn yma"),
        (
            "It was taken over from an older register, so there is nothing to keep or correct yet. Decide it with the incidents it rests on, or remove it.",
            "Fe'i cymerwyd o gofrestr hŷn, felly nid oes dim i'w gadw na'i gywiro eto. Penderfynwch arno gyda'r digwyddiadau y mae'n seiliedig arnynt, neu ei ddileu.",
        ),
    ),
    "import-state-conflict": (
        Kind.CONFLICT,
        ("The import is not at that step", "Nid yw'r mewnforio ar y cam hwnnw"),
        (
            "Send the file, make the dry run to its end, have somebody else approve it, then run it. Read the import again: somebody may have acted first, or it was left for 30 days and lapsed.",
            "Anfonwch y ffeil, gwnewch y rhediad prawf i'w ddiwedd, gofynnwch i rywun arall ei gymeradwyo, yna rhedwch ef. Darllenwch y mewnforio eto: efallai fod rhywun wedi gweithredu gyntaf, neu iddo gael ei adael am 30 diwrnod a dirwyn i ben.",
        ),
    ),
    "import-busy": (
        Kind.CONFLICT,
        ("The import is being worked on", "Mae'r mewnforio ar waith"),
        (
            "Another request is working on it, or on the same people, at this moment. Nothing was changed by yours. Wait a second and send it again.",
            "Mae cais arall yn gweithio arno, neu ar yr un bobl, ar hyn o bryd. Ni newidiwyd dim gan eich cais chi. Arhoswch eiliad a'i anfon eto.",
        ),
    ),
}

ROW_ISSUES: dict[str, tuple[str, str]] = {
    "column-unknown": ("The file has no such column.", "Nid oes colofn o'r fath yn y ffeil."),
    "encoding": (
        "The file is not written in the encoding that you stated.",
        "Nid yw'r ffeil wedi'i hysgrifennu yn yr amgodiad a nodwyd gennych.",
    ),
    "csv-malformed": (
        "This row cannot be read as CSV: look for a quotation mark that is not closed.",
        "Ni ellir darllen y rhes hon fel CSV: chwiliwch am ddyfynnod heb ei gau.",
    ),
    "row-shape": (
        "This row has not as many cells as the heading.",
        "Nid oes gan y rhes hon gynifer o gelloedd â'r pennawd.",
    ),
    "value-unmapped": ("The mapping says nothing about this value.", "Nid yw'r mapio'n dweud dim am y gwerth hwn."),
    "date-format": (
        "This is not a date in the format that the mapping states.",
        "Nid dyddiad yn y fformat a nodir yn y mapio yw hwn.",
    ),
    "date-impossible": ("There is no such day.", "Nid oes diwrnod o'r fath."),
    "kept-from-you": (
        "Your agency keeps this kind of warning to other roles than yours: somebody who holds one brings it in.",
        "Mae eich asiantaeth yn cadw'r math hwn o rybudd i rolau heblaw eich un chi: rhywun sydd â rôl o'r fath sy'n "
        "dod ag ef i mewn.",
    ),
    "row-differs": (
        "This person or place already has a warning of the category that says something else.",
        "Mae gan y person neu'r lle hwn eisoes rybudd o'r categori sy'n dweud rhywbeth arall.",
    ),
    "possible-match": (
        "One of your records has this name and birth date: say whether it is the person meant.",
        "Mae gan un o'ch cofnodion yr enw a'r dyddiad geni hwn: nodwch ai dyma'r person a olygir.",
    ),
    "match-contradicted": (
        "Your record with this number says something else here.",
        "Mae eich cofnod â'r rhif hwn yn dweud rhywbeth arall yma.",
    ),
    "match-conflict": (
        "The numbers in this row lead to two of your records.",
        "Mae'r rhifau yn y rhes hon yn arwain at ddau o'ch cofnodion.",
    ),
    "changed-since": (
        "Your records have changed since the dry run that was approved.",
        "Mae eich cofnodion wedi newid ers y rhediad prawf a gymeradwywyd.",
    ),
}
