"""The fields of answers about flags: the flag itself, what is shared of it, checks, letters, inbox, older registers."""

from domain.field_parts import OWN, Kind, Parties, Relation
from domain.field_table import FRAME, PAGE

_OWNED = Parties(owner="ownerAgency")
_SHARED = Parties(owner="ownerAgency", otherwise=Relation.RECIPIENT)
"""Whoever is given it is its owner or was found to be a recipient where it was read (`domain.visibility`)."""
_RECEIVED = Parties(otherwise=Relation.RECIPIENT)

_SIGNED = "signed{user at}"
_STANDING = "id ownerAgency version state badges reviewOn lapsesAt"
_BORNE_OUT = "corroborated{agency id kinds lastOn since withdrawnAt}"
_TOLD = "{on how recordedAt recordedBy}"
_AGREEMENTS = "agreements{how on originator who}"
_LABELLED = "code label{en cy}"
_PRECAUTION = (
    "ownerAgency version category{code cy en} controls{code cy en} sentence{cy en} handling{code cy en} reviewOn state"
    " badges"
)
_CONTENT = (
    "subject{personId reason uprn} twins adults{concerned contacts{adult adultView{notAsked ownWords} howFound"
    " recordedAt recordedBy seenBy seenOn} duties{adult by how setAt setBy state who}} category incidents{id version}"
    f" proposed{{user at}} proposalReason obtainedOn changed{{user at}} change decision{{outcome reason {_SIGNED}}}"
    " assessment{adultAssessment adultView{notAsked ownWords} carerSupport{kind note} senseMaking{note question}"
    " toAdult{level reasons} toPractitioner{level reasons}}"
    f" terms{{{_AGREEMENTS} controls gateways handling handlingRoles lawfulBasis reach{{household householdReason"
    f" places}}"
    " confidentialityGround{ground reason familyTold notTold}"
    " recipients{agencies allPartners} retentionClass sentence{cy en} specialConditions}"
    f" notification{{{_AGREEMENTS} how kind notice on reason routeChecked}}"
    f" reviews{{{_BORNE_OUT} nextReviewOn outcome reason {_SIGNED} weighing{{conduct corroboration seriousness"
    f" timePassed unusualStress}}}} ending{{kind reason {_SIGNED}}} marker{{controls grounded{{user at}} lapsesAt"
    f" sentence{{cy en}}}}"
    " legacy{approved{user at} controls importId note raisedBy raisedOn recordedOn reference registerName row"
    f" sentence{{cy en}}}} {_BORNE_OUT} challenges{{acknowledgeBy acknowledged{_TOLD} answer{{outcome reason"
    f" {_SIGNED}}} answerBy authority{{authority checkedBy checkedOn how}} challenger channel grounds"
    f" outcomeTold{_TOLD}"
    " raised{user at} receivedOn restrictionReason} conditions{code originator} carerAsked{on recordedAt recordedBy"
    " support{kind note}} kept{contentUntil trailUntil}"
)
_MAPPING = (
    "about{column fixed values{about value}} birthDate{column format} category{column fixed values{category value}}"
    " controls{column fixed separator values{controls value}} family given line1 localIdentifier{column system}"
    " nhsNumber note personId postcode raisedBy raisedOn recordedOn{column format} reference sentence{column fixed{cy"
    " en} language values{cy en value}} town uprn"
)
_COUNTS = "{made alreadyThere refused unsure}"

FLAG_KINDS = (
    Kind("flag", _OWNED, {"flag.standing": _STANDING, "flag.content": _CONTENT}, views=("FlagView",)),
    Kind("flag-standing", _OWNED, {"flag.standing": _STANDING}, views=("FlagStandingView",)),
    Kind(
        "shared-flag", _SHARED, {"flag.precaution": f"flagId {_PRECAUTION} contact{{agency phone}}"},
        views=("SharedFlagView",),
    ),
    Kind(
        "warning", _SHARED, {"flag.precaution": f"flagId {_PRECAUTION} about contact{{agency phone}}"},
        views=("WarningView",),
    ),
    Kind("seen-flag", _SHARED,
        {
            "flag.precaution": f"id version ownerAgency category{{{_LABELLED}}} controls{{{_LABELLED}}} sentence{{en"
            f" cy}} handling{{{_LABELLED}}} reviewOn state badges"
        },
        views=("Flag",),
    ),
    Kind(
        "flags-of-person", OWN, {"flag.exists": "contacts{agency phone}"}, {"own": "flag", "shared": "shared-flag"},
        ("FlagsOfPersonView",),
    ),
    Kind(
        "owed-flag", _OWNED,
        {
            "flag.standing": _STANDING,
            "flag.duty": "subject{personId reason uprn} category duties{chased chasedAt dueAt isOverdue kind}",
        },
        views=("OwedFlagView",),
    ),
    Kind("flag-duties", OWN, {PAGE: "next"}, {"flags": "owed-flag"}, ("DutiesView",)),
    Kind(
        "flag-recipients", OWN,
        {
            "flag.recipients": "recipients{acknowledgedAt agency displayedAt flagVersion matchedAt}"
            " holders{agency holding{by since version} notices{acknowledgedAt chased chasedAt dueAt heldVersion id"
            " isOverdue kind madeAt outcome version}} kept{contentUntil trailUntil}"
        },
        views=("HoldersView",),
    ),
    Kind(
        "held-flag", _RECEIVED,
        {"flag.held": "flagId ownerAgency version since by state toldVersion isStale outcome{code cy en}"},
        views=("HeldFlagView",),
    ),
    Kind("held-flags", OWN, {PAGE: "next"}, {"flags": "held-flag"}, ("HeldFlagsView",)),
    Kind(
        "inbox-notice", _RECEIVED,
        {
            "inbox.notice": "id senderAgency flagId heldVersion version kind{code cy en} urgency whatNow{cy en}"
            " contact{agency phone} madeAt dueAt isOverdue acknowledged{at by outcome{code cy en}} chased{at roles}"
        },
        views=("InboxNoticeView",),
    ),
    Kind("inbox", OWN, {PAGE: "next"}, {"notices": "inbox-notice"}, ("InboxView",)),
    Kind(
        "check-event", OWN, {FRAME: "check user at", "flag.exists": "flags"}, views=("CheckEventView",)
    ),
    Kind(
        "check-resolution", OWN,
        {"check.resolution": "id check reference recordId method note recordedAt recordedBy"},
        views=("ResolutionView",),
    ),
    Kind(
        "held-warning", _RECEIVED,
        {
            "flag.exists": "flagId heldVersion standing whatNow{cy en} changes{code cy en} contact{agency phone}",
            "flag.precaution": "version",
        },
        {"today": "shared-flag"}, ("HeldWarningView",),
    ),
    Kind(
        "check-changes", OWN, {FRAME: "checkId checkedAt validUntil asOf checkAgain{cy en}"},
        {"warnings": "held-warning"}, ("ChangesSinceView",),
    ),
    Kind(
        "check-line", OWN,
        {FRAME: "reference outcome whatToDo{cy en} issues{code pointer}", "flag.exists": "contacts{agency phone}"},
        {"warnings": "warning"}, ("EntryView",),
    ),
    Kind(
        "flag-check", OWN,
        {FRAME: "checkId checkedAt validUntil dutyContact{agency phone} registers{agency lastFedAt olderRegister}"},
        {"entries": "check-line"}, ("FlagCheckView",),
    ),
    Kind(
        "visit-sheet", OWN,
        {
            FRAME: "checkId issuedAt holdsUntil shift{start end} whenExpired{cy en} notSafety{cy en}"
            " dutyContact{agency phone} registers{agency lastFedAt olderRegister}"
        },
        {"entries": "check-line"}, ("SheetView",),
    ),
    Kind(
        "corroboration", _OWNED,
        {
            "corroboration.content": "id ownerAgency flagId version state incidents{id version} reason lastOn kinds"
            " since recordedAt recordedBy withdrawalReason"
        },
        views=("CorroborationView",),
    ),
    Kind("corroborations", OWN, {}, {"corroborations": "corroboration"}, ("CorroborationsView",)),
    Kind(
        "reservation", OWN, {"reservation.roles": "category version roles reason setAt setBy"},
        views=("ReservationView",),
    ),
    Kind(
        "letter", OWN,
        {
            "notice.content": f"id flagId flagVersion kind templateVersion incidents recordedAt recordedBy"
            f" {_AGREEMENTS}"
            " handling{code cy en} delivery{adultThere interpreter language reading reason route} letters{dated"
            " language reference sections{heading passages{items text}} sender spoken title to}"
        },
        views=("NoticeView",),
    ),
    Kind(
        "letter-templates", OWN,
        {
            "letter.templates": "isOwn version recordedAt contact{cy en} notice{cy{title sections{heading text}}"
            " en{title sections{heading text}}} careNeedNotice{cy{title sections{heading text}}"
            " en{title sections{heading text}}}"
        },
        views=("TemplatesView",),
    ),
    Kind(
        "flag-import", _OWNED,
        {
            "flag-import.content": "id ownerAgency version state registerName reason layout{delimiter encoding}"
            f" mapping{{{_MAPPING}}} created{{user at}} file{{digest rows received{{user at}}}} approved{{reason"
            f" {_SIGNED}}} cancelled{{reason {_SIGNED}}} progress{{rows checked worked expected{_COUNTS}"
            f" outcome{_COUNTS}}}"
        },
        views=("FlagImportView",),
    ),
    Kind("flag-imports", OWN, {}, {"imports": "flag-import"}, ("FlagImportsView",)),
    Kind(
        "import-row", OWN,
        {
            "flag-import.rows": "row category expected outcome issues{field code detail{cy en}} sameAs registers"
            " personId flagId"
        },
        views=("ImportRowView",),
    ),
    Kind("import-rows", OWN, {}, {"rows": "import-row"}, ("ImportRowsView",)),
)  # fmt: skip
"""Every kind of answer about flags."""
