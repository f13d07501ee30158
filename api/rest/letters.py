"""Letter templates over REST."""

from fastapi import Response

from api.conditions import VersionToChange, etag
from api.routing import Unit
from api.routing import router as guarded_router
from api.schemas.letters import TemplatesBody, TemplatesView, templates_view
from services.flags import letter_templates

router = guarded_router(prefix="/v1", tags=["Letters"])


@router.get("/letter-templates", operation_id="readLetterTemplates", summary="Read your agency's letter templates")
async def read_templates(unit: Unit, response: Response) -> TemplatesView:
    """Read the templates in force: your agency's own, or the words of the service until you write some."""
    found = await letter_templates.read_letter_templates(unit)
    response.headers["ETag"] = etag(found.version)
    return templates_view(found)


@router.put("/letter-templates", operation_id="replaceLetterTemplates", summary="Write your agency's letter templates")
async def replace_templates(
    unit: Unit, version: VersionToChange, body: TemplatesBody, response: Response
) -> TemplatesView:
    """Put your agency's own words in force, in both languages; letters made before keep the words they had.

    What a notice must say has a place that no template may leave out: the incident, the marker, who may be told,
    until when, and how to challenge. The wording on sanctions, if any, is yours.
    """
    made = await letter_templates.replace_letter_templates(unit, version, body.templates())
    response.headers["ETag"] = etag(made.version)
    return templates_view(made)
