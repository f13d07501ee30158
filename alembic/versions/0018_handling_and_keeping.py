"""Handling conditions travel with every precaution, and flags know until when what remains of them is kept.

Precautions stored before say it too: the labels below are those of the coded list at this revision.
"""

from services.db.migration import run

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run("""
        -- Of an ended flag: until when its content is kept, and until when the trail of its decisions (F-13).
        ALTER TABLE rhannu.flags ADD COLUMN content_until date, ADD COLUMN trail_until date --;;
        GRANT UPDATE (content_until, trail_until) ON rhannu.flags TO rhannu_app --;;
        CREATE INDEX ix_flags_content_until ON rhannu.flags (content_until) WHERE content_until IS NOT NULL --;;
        CREATE INDEX ix_flags_trail_until ON rhannu.flags (trail_until) WHERE trail_until IS NOT NULL --;;
        ALTER TABLE rhannu.flags NO FORCE ROW LEVEL SECURITY --;;
        UPDATE rhannu.flags f SET precaution = f.precaution || ',"handling":[' || coalesce((
                SELECT string_agg(json_build_object('code', l.code, 'en', l.en, 'cy', l.cy)::text, ',' ORDER BY h.place)
                FROM jsonb_array_elements_text(f.content #> '{terms,handling}') WITH ORDINALITY h(code, place)
                JOIN (VALUES
                    ('consult-originator-before-onward-share', 'Consult the originator before sharing on',
                        'Ymgynghori â''r tarddwr cyn rhannu ymhellach'),
                    ('consult-originator-before-subject-access', 'Consult the originator before releasing to the person',
                        'Ymgynghori â''r tarddwr cyn rhyddhau i''r person'),
                    ('no-onward-share', 'No onward sharing', 'Dim rhannu ymhellach'),
                    ('named-roles-only', 'Named roles only', 'Rolau a enwir yn unig'),
                    ('source-protected', 'Source protected', 'Ffynhonnell wedi''i gwarchod')
                ) l(code, en, cy) ON l.code = h.code), '') || ']'
            WHERE f.precaution <> '' --;;
        ALTER TABLE rhannu.flags FORCE ROW LEVEL SECURITY --;;
    """)


def downgrade() -> None:
    run("""
        ALTER TABLE rhannu.flags NO FORCE ROW LEVEL SECURITY --;;
        UPDATE rhannu.flags SET precaution = regexp_replace(precaution, ',"handling":\\[[^]]*\\]', '')
            WHERE precaution <> '' --;;
        ALTER TABLE rhannu.flags FORCE ROW LEVEL SECURITY --;;
        ALTER TABLE rhannu.flags DROP COLUMN content_until, DROP COLUMN trail_until --;;
    """)
