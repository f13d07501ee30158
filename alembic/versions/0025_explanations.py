"""One event by its id, for the data protection officer of an agency whose access or whose records it is about.

The trail is read on the auditor's connection; to explain an event takes the facts beside it, which only the
application's connection knows, so the application is given this one event and no other part of the trail.
"""

from services.db.migration import definer, run

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_EVENT = "rhannu.event_for_officer(uuid)"
_ROLES = "access.roles_then(uuid, timestamptz)"


def upgrade() -> None:
    run("""
        CREATE FUNCTION rhannu.event_for_officer(asked uuid) RETURNS text
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            held text[] := access.context();
            found_body text;
        BEGIN
            IF held IS NULL OR NOT 'dpo-ig' = ANY (string_to_array(held[6], ',')) THEN
                RETURN NULL;
            END IF;
            SELECT p.body INTO found_body FROM audit.pending p WHERE p.event_id = asked;
            IF found_body IS NULL THEN
                SELECT e.body INTO found_body FROM audit.event e WHERE e.event_id = asked;
            END IF;
            IF found_body::jsonb ->> 'agency' = held[1] OR found_body::jsonb -> 'owners' ? held[1] THEN
                RETURN found_body;
            END IF;
            RETURN NULL;
        END $$ --;;

        -- Which roles an account held for the officer's agency at a moment; a refusal's own event names none.
        CREATE FUNCTION access.roles_then(holder uuid, moment timestamptz) RETURNS text[]
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            held text[] := access.context();
        BEGIN
            IF held IS NULL OR NOT 'dpo-ig' = ANY (string_to_array(held[6], ',')) THEN
                RETURN NULL;
            END IF;
            RETURN ARRAY(SELECT DISTINCT r.role FROM rhannu.user_roles r WHERE r.user_id = holder
                AND r.owner_agency = held[1] AND r.valid_from <= moment AND coalesce(r.valid_to > moment, true));
        END $$ --;;
    """)
    definer(_EVENT, "rhannu_matcher", "rhannu_app")
    definer(_ROLES, "rhannu_gate", "rhannu_app")


def downgrade() -> None:
    for function in (_EVENT, _ROLES):
        run(f"DROP FUNCTION {function}")
