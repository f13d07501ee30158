"""Links between records that a rule made: listed for review, confirmed, or undone."""

from services.links.use_cases import list_link_reviews, read_link_review, review_record_link

__all__ = ["list_link_reviews", "read_link_review", "review_record_link"]
