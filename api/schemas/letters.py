"""Letter templates on the wire."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from api.schemas.common import Body, View
from domain.letters import PRODUCT_VERSION, AgencyTemplates, Template, Templates, TemplateSection, TemplateText
from domain.problems import Bilingual

_PLACES = (
    "Paragraphs, divided by blank lines. Places: `{name}`, `{agency}`, `{category}`, `{review}`, `{contact}` and "
    "`{reference}` within a sentence; `{incidents}`, `{recipients}` and `{challenge}` as a paragraph of their own."
)


class SectionBody(Body):
    """A heading and the text under it."""

    heading: Annotated[str, Field(max_length=200)]
    text: Annotated[str, Field(max_length=4000, description=_PLACES)]


class TextBody(Body):
    """A template in one language. `incidents`, `category`, `recipients`, `review` and `challenge` must have places."""

    title: Annotated[str, Field(max_length=200)]
    sections: Annotated[list[SectionBody], Field(max_length=12)]

    def text(self) -> TemplateText:
        """Give the text as the rules know it."""
        return TemplateText(self.title, tuple(TemplateSection(each.heading, each.text) for each in self.sections))


class TemplateBody(Body):
    """A template in both languages."""

    en: TextBody
    cy: TextBody

    def template(self) -> Template:
        """Give the template as the rules know it."""
        return Template(self.en.text(), self.cy.text())


class SaidBody(Body):
    """One line in both languages."""

    en: Annotated[str, Field(max_length=200)]
    cy: Annotated[str, Field(max_length=200)]

    def said(self) -> Bilingual:
        """Give the text as the rules know it."""
        return Bilingual(self.en, self.cy)


class TemplatesBody(Body):
    """All your agency's letter templates, which take the place of those in force.

    `careNeedNotice` is for behaviour that arises from illness, dementia or distress: it uses no word of blame or
    punishment. `contact` says in a few words how the public reaches you.
    """

    notice: TemplateBody
    care_need_notice: TemplateBody
    contact: SaidBody | None = None

    def templates(self) -> Templates:
        """Give the templates as the rules know them."""
        contact = None if self.contact is None else self.contact.said()
        return Templates(self.notice.template(), self.care_need_notice.template(), contact)


class TemplateSectionView(View):
    """A heading and the text under it."""

    heading: str
    text: str


class TemplateTextView(View):
    """A template in one language."""

    title: str
    sections: list[TemplateSectionView]


class TemplateView(View):
    """A template in both languages."""

    en: TemplateTextView
    cy: TemplateTextView


class ContactTextView(View):
    """How the public reaches an agency."""

    en: str
    cy: str


class TemplatesView(View):
    """The letter templates in force: your agency's own, or those of the service (`isOwn` false)."""

    version: int
    is_own: bool
    notice: TemplateView
    care_need_notice: TemplateView
    contact: ContactTextView | None
    recorded_at: AwareDatetime | None


def templates_view(found: AgencyTemplates) -> TemplatesView:
    """Write some templates."""
    templates = found.templates
    contact = None if templates.contact is None else ContactTextView.model_validate(templates.contact)
    return TemplatesView(
        version=found.version,
        is_own=found.version > PRODUCT_VERSION,
        notice=TemplateView.model_validate(templates.notice),
        care_need_notice=TemplateView.model_validate(templates.care_need_notice),
        contact=contact,
        recorded_at=found.recorded_at,
    )
