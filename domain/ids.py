"""Identifiers, each a type of its own so that one cannot be passed for another.

All are random (version 4) so that they say nothing about order or number; only
audit event ids are time-ordered (version 7), since an event's time is no secret
to those who may read it.
"""

from typing import NewType
from uuid import UUID

AgencyCode = NewType("AgencyCode", str)
ClientId = NewType("ClientId", str)
HumanId = NewType("HumanId", UUID)
UserId = NewType("UserId", UUID)
TeamId = NewType("TeamId", UUID)
RecordId = NewType("RecordId", UUID)
"""One agency's own record of a person: what `/v1/persons/{id}` names."""
PersonId = NewType("PersonId", UUID)
"""What linked records have in common; never leaves the service."""
IncidentId = NewType("IncidentId", UUID)
FlagId = NewType("FlagId", UUID)
CorroborationId = NewType("CorroborationId", UUID)
LinkId = NewType("LinkId", UUID)
CheckId = NewType("CheckId", UUID)
IssuerId = NewType("IssuerId", UUID)
LoginId = NewType("LoginId", UUID)
EventId = NewType("EventId", UUID)
AssignmentId = NewType("AssignmentId", UUID)
"""One role of one account for one agency; while it waits for a second person, the request carries it."""
RequestId = NewType("RequestId", UUID)
AgreementId = NewType("AgreementId", UUID)
RecordLinkId = NewType("RecordLinkId", UUID)
"""A rule's joining of one record to a shared person."""
ImportId = NewType("ImportId", UUID)
InformationRequestId = NewType("InformationRequestId", UUID)
DisclosureId = NewType("DisclosureId", UUID)
NotSharingId = NewType("NotSharingId", UUID)
ProtocolId = NewType("ProtocolId", UUID)
BreakGlassId = NewType("BreakGlassId", UUID)
"""One opening of a sealed door: the reference under which every event and notice names it."""
BreakGlassNoticeId = NewType("BreakGlassNoticeId", UUID)
BreakGlassRestorationId = NewType("BreakGlassRestorationId", UUID)
ConflictId = NewType("ConflictId", UUID)
AlertId = NewType("AlertId", UUID)
ConfidentialityTermsId = NewType("ConfidentialityTermsId", UUID)
