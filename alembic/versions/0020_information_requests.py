"""Requests for information between agencies, what was disclosed, and decisions not to share.

A request and its disclosure concern two agencies, so both read the row: the asker and the holder (`two_sided`). What a
side notes for itself stands in a table that only that side reads. A decision not to share is its agency's own.
"""

from services.db.migration import by_role, open_to, refer_both, run, secure, two_sided

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_OWN = ("information_request_notes", "not_sharing_decisions", "not_sharing_decision_versions", "sharing_chases")
_CHASED = ("information_requests", "disclosures", "not_sharing_decisions")


def upgrade() -> None:
    run("""
        CREATE TABLE rhannu.information_requests (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            holding_agency text NOT NULL REFERENCES rhannu.agencies,
            version integer NOT NULL CHECK (version > 0),
            state text NOT NULL,
            asked_by uuid NOT NULL,
            asked_human uuid NOT NULL,
            asked_at timestamptz NOT NULL,
            due_at timestamptz NOT NULL,
            chase_at timestamptz,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            CHECK (owner_agency <> holding_agency)
        ) --;;
        CREATE INDEX ix_information_requests_owner ON rhannu.information_requests (owner_agency, asked_at, id) --;;
        CREATE INDEX ix_information_requests_holder ON rhannu.information_requests (holding_agency, asked_at, id) --;;
        CREATE INDEX ix_information_requests_chase_at ON rhannu.information_requests (chase_at)
            WHERE chase_at IS NOT NULL --;;
        CREATE TABLE rhannu.information_request_versions (
            request_id uuid NOT NULL REFERENCES rhannu.information_requests,
            version integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            holding_agency text NOT NULL REFERENCES rhannu.agencies,
            state text NOT NULL,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            PRIMARY KEY (request_id, version)
        ) --;;
        CREATE INDEX ix_information_request_versions_owner ON rhannu.information_request_versions (owner_agency) --;;
        CREATE INDEX ix_information_request_versions_holder ON rhannu.information_request_versions (holding_agency) --;;
        CREATE TABLE rhannu.information_request_notes (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            request_id uuid NOT NULL REFERENCES rhannu.information_requests,
            note text NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL
        ) --;;
        CREATE INDEX ix_information_request_notes_owner ON rhannu.information_request_notes (owner_agency) --;;
        CREATE INDEX ix_information_request_notes_request ON rhannu.information_request_notes (request_id) --;;

        -- The owner gave it. One request is answered once, however many answer it at the same moment.
        CREATE TABLE rhannu.disclosures (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            recipient_agency text NOT NULL REFERENCES rhannu.agencies,
            request_id uuid NOT NULL REFERENCES rhannu.information_requests,
            version integer NOT NULL CHECK (version > 0),
            state text NOT NULL,
            asked_by uuid NOT NULL,
            asked_human uuid NOT NULL,
            disclosed_at timestamptz NOT NULL,
            given_version integer NOT NULL,
            seen_version integer NOT NULL,
            chase_at timestamptz,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            CHECK (owner_agency <> recipient_agency)
        ) --;;
        CREATE UNIQUE INDEX uq_disclosures_request ON rhannu.disclosures (request_id) --;;
        CREATE INDEX ix_disclosures_owner ON rhannu.disclosures (owner_agency, disclosed_at, id) --;;
        CREATE INDEX ix_disclosures_recipient ON rhannu.disclosures (recipient_agency, disclosed_at, id) --;;
        CREATE INDEX ix_disclosures_chase_at ON rhannu.disclosures (chase_at) WHERE chase_at IS NOT NULL --;;
        CREATE TABLE rhannu.disclosure_versions (
            disclosure_id uuid NOT NULL REFERENCES rhannu.disclosures,
            version integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            recipient_agency text NOT NULL REFERENCES rhannu.agencies,
            state text NOT NULL,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            PRIMARY KEY (disclosure_id, version)
        ) --;;
        CREATE INDEX ix_disclosure_versions_owner ON rhannu.disclosure_versions (owner_agency) --;;
        CREATE INDEX ix_disclosure_versions_recipient ON rhannu.disclosure_versions (recipient_agency) --;;

        CREATE TABLE rhannu.not_sharing_decisions (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            version integer NOT NULL CHECK (version > 0),
            reason_code text NOT NULL,
            decided_at timestamptz NOT NULL,
            answered_at timestamptz,
            chase_at timestamptz,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL
        ) --;;
        CREATE INDEX ix_not_sharing_decisions_owner ON rhannu.not_sharing_decisions (owner_agency, decided_at, id) --;;
        CREATE INDEX ix_not_sharing_decisions_chase_at ON rhannu.not_sharing_decisions (chase_at)
            WHERE chase_at IS NOT NULL --;;
        CREATE TABLE rhannu.not_sharing_decision_versions (
            decision_id uuid NOT NULL REFERENCES rhannu.not_sharing_decisions,
            version integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            PRIMARY KEY (decision_id, version)
        ) --;;
        CREATE INDEX ix_not_sharing_decision_versions_owner ON rhannu.not_sharing_decision_versions (owner_agency) --;;

        -- Only the giver says what was given (law 3): the recipient adds that it has seen it. The clock asks nobody.
        CREATE FUNCTION rhannu.keep_what_was_given() RETURNS trigger
            LANGUAGE plpgsql SET search_path = '' AS $$
        BEGIN
            IF access.agency() IS DISTINCT FROM OLD.owner_agency
                AND ROW(NEW.state, NEW.given_version, NEW.content - ARRAY['version', 'acknowledged'])
                    IS DISTINCT FROM ROW(OLD.state, OLD.given_version, OLD.content - ARRAY['version', 'acknowledged']) THEN
                RAISE EXCEPTION 'what was given is changed by its giver alone' USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END $$ --;;
        CREATE TRIGGER keep_what_was_given BEFORE UPDATE OF state, given_version, content ON rhannu.disclosures
            FOR EACH ROW EXECUTE FUNCTION rhannu.keep_what_was_given() --;;

        -- That a duty was put before some roles of the agency that owes it.
        CREATE TABLE rhannu.sharing_chases (
            thing_id uuid NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            duty text NOT NULL,
            due_at timestamptz NOT NULL,
            rung integer NOT NULL CHECK (rung > 0),
            roles text[] NOT NULL,
            chased_at timestamptz NOT NULL,
            PRIMARY KEY (thing_id, duty, due_at, rung)
        ) --;;
        CREATE INDEX ix_sharing_chases_owner_agency ON rhannu.sharing_chases (owner_agency) --;;

        INSERT INTO access.reach SELECT kind, role, writes FROM (VALUES
            ('sharing', '{practitioner,line-manager,safeguarding-lead,duty-desk,mash-duty,spoc}'::text[], true),
            ('sharing', '{dpo-ig}', false)
        ) given(kind, roles, writes), unnest(roles) role --;;
    """)
    standing = "version, state, chase_at, content, recorded_at, recorded_by"
    secure("rhannu.information_requests", update=f"due_at, {standing}")
    secure("rhannu.information_request_versions")
    secure("rhannu.disclosures", update=f"given_version, seen_version, {standing}")
    secure("rhannu.disclosure_versions")
    secure("rhannu.information_request_notes")
    secure("rhannu.not_sharing_decisions", update="version, answered_at, chase_at, content, recorded_at, recorded_by")
    secure("rhannu.not_sharing_decision_versions")
    secure("rhannu.sharing_chases", app="SELECT")
    both = ("owner_agency", "holding_agency")
    two_sided("rhannu.information_requests", "sharing", "holding_agency", adds=both[:1])
    two_sided("rhannu.information_request_versions", "sharing", "holding_agency", adds=both)
    given = ("owner_agency", "recipient_agency")
    two_sided("rhannu.disclosures", "sharing", "recipient_agency", adds=given[:1])
    two_sided("rhannu.disclosure_versions", "sharing", "recipient_agency", adds=given)
    for table in _OWN:
        by_role(f"rhannu.{table}", "sharing")
    for table in _CHASED:
        open_to(f"rhannu.{table}", "rhannu_worker", grant="SELECT, UPDATE (chase_at)")
    open_to("rhannu.sharing_chases", "rhannu_worker", grant="SELECT, INSERT")
    refer_both("rhannu.information_requests", "holding_agency")
    refer_both("rhannu.disclosures", "recipient_agency")


def downgrade() -> None:
    run("""
        DROP TABLE rhannu.sharing_chases --;;
        DROP TABLE rhannu.not_sharing_decision_versions --;;
        DROP TABLE rhannu.not_sharing_decisions --;;
        DROP TABLE rhannu.disclosure_versions --;;
        DROP TABLE rhannu.disclosures --;;
        DROP FUNCTION rhannu.keep_what_was_given() --;;
        DROP TABLE rhannu.information_request_notes --;;
        DROP TABLE rhannu.information_request_versions --;;
        DROP TABLE rhannu.information_requests --;;
        DELETE FROM access.reach WHERE kind = 'sharing' --;;
    """)
