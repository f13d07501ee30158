"""Information sharing protocols, who signed them, and the lanes in which they let information flow.

A protocol is the Board's record, read by every partner in it; a signature is its agency's own. From both the database
lays the lanes by itself, whoever changes either: who may be given which item for which purpose, from when to when. What
a check may show of another agency's warning asks for a lane (`rhannu.flag_tier`), and no lane is ever written by hand.
A lane that has ended stays, so that what was decided then can be explained.
"""

from services.db.migration import by_role, definer, open_to, refer, run, say_anew, secure, two_sided

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_CHECK = (
    "rhannu.flag_checks(text[], bytea[], uuid[], text[], boolean[], date[], timestamptz[], int[], int[], uuid[], int[], int[], uuid[], "
    "boolean[], int[], uuid[], int[], int[], text[], int[], int[], text[], text[], text)"
)
_PRECAUTIONS = "rhannu.flag_precautions(uuid[], boolean, timestamptz)"
_CHANGES = "rhannu.check_changes(uuid, boolean, timestamptz)"
_TIER = "rhannu.flag_tier(text, text, text[], boolean, date, boolean, boolean, text[], boolean, text, text[], boolean, date)"
_TIER_WITH_LANE = _TIER[:-1] + ", boolean)"
_LAY = "rhannu.lay_lanes(uuid, timestamptz)"
_GIVERS = "rhannu.givers(text, text, timestamptz)"
_IN_ASKED = (
    "string_to_array(a.actor[6], ',') AS roles",
    "string_to_array(a.actor[6], ',') AS roles, rhannu.givers(a.actor[1], a.actor[5], moments[a.question]) AS givers",
)
_IN_CHECK = ("a.alerted, a.today) AS tier", "a.alerted, a.today, f.owner_agency = ANY (a.givers)) AS tier")
_IN_DOOR = ("my_roles, alerting, today)", "my_roles, alerting, today, f.owner_agency = ANY (my_givers))")
_ROLES = "my_roles text[] := string_to_array((access.context())[6], ',');"
_DECLARED = "\n            my_givers text[] := rhannu.givers(my_agency, (access.context())[5], at);"


def _tables() -> None:
    run("""
        CREATE TABLE rhannu.sharing_protocols (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            version integer NOT NULL CHECK (version > 0),
            state text NOT NULL,
            partners text[] NOT NULL,
            review_due date NOT NULL,
            runs_until date,
            drafted_at timestamptz NOT NULL,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL
        ) --;;
        CREATE INDEX ix_sharing_protocols_owner ON rhannu.sharing_protocols (owner_agency, drafted_at, id) --;;
        CREATE INDEX ix_sharing_protocols_partners ON rhannu.sharing_protocols USING gin (partners) --;;
        CREATE TABLE rhannu.sharing_protocol_versions (
            protocol_id uuid NOT NULL REFERENCES rhannu.sharing_protocols,
            version integer NOT NULL,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            state text NOT NULL,
            content jsonb NOT NULL,
            recorded_at timestamptz NOT NULL,
            recorded_by uuid NOT NULL,
            PRIMARY KEY (protocol_id, version)
        ) --;;
        CREATE INDEX ix_sharing_protocol_versions_owner ON rhannu.sharing_protocol_versions (owner_agency) --;;

        -- That an agency signed, in whose person, and that it left: its own row, which nobody else can write.
        CREATE TABLE rhannu.protocol_signatures (
            id uuid PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            protocol_id uuid NOT NULL REFERENCES rhannu.sharing_protocols,
            post text NOT NULL,
            signed_at timestamptz NOT NULL,
            signed_by uuid NOT NULL,
            signed_human uuid NOT NULL,
            left_at timestamptz,
            left_by uuid,
            left_human uuid,
            left_reason text
        ) --;;
        CREATE UNIQUE INDEX uq_protocol_signatures_current ON rhannu.protocol_signatures (protocol_id, owner_agency)
            WHERE left_at IS NULL --;;
        CREATE INDEX ix_protocol_signatures_protocol ON rhannu.protocol_signatures (protocol_id) --;;
        CREATE INDEX ix_protocol_signatures_owner ON rhannu.protocol_signatures (owner_agency) --;;

        -- The owner gives: what of its own it may pass to the recipient, for which purpose, under which flow.
        CREATE TABLE rhannu.flow_lanes (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            recipient_agency text NOT NULL REFERENCES rhannu.agencies,
            item text NOT NULL,
            purpose text NOT NULL,
            protocol_id uuid NOT NULL REFERENCES rhannu.sharing_protocols,
            flow text NOT NULL,
            valid_from timestamptz NOT NULL,
            valid_until timestamptz NOT NULL,
            CHECK (owner_agency <> recipient_agency)
        ) --;;
        CREATE INDEX ix_flow_lanes_recipient ON rhannu.flow_lanes (recipient_agency, owner_agency, valid_until) --;;
        CREATE INDEX ix_flow_lanes_owner ON rhannu.flow_lanes (owner_agency, recipient_agency, item, purpose) --;;
        CREATE INDEX ix_flow_lanes_protocol ON rhannu.flow_lanes (protocol_id) --;;

        -- The lanes of all protocols together, one row for each giver, recipient, item and purpose: what a check asks.
        CREATE TABLE rhannu.flow_spans (
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            recipient_agency text NOT NULL REFERENCES rhannu.agencies,
            item text NOT NULL,
            purpose text NOT NULL,
            spans tstzmultirange NOT NULL,
            PRIMARY KEY (recipient_agency, purpose, item, owner_agency) INCLUDE (spans)
        ) --;;  -- so that a check reads the index and nothing else
        CREATE INDEX ix_flow_spans_owner ON rhannu.flow_spans (owner_agency) --;;
        ALTER TABLE rhannu.flow_spans ENABLE ROW LEVEL SECURITY --;;
        ALTER TABLE rhannu.flow_spans FORCE ROW LEVEL SECURITY --;;

        CREATE TABLE rhannu.protocol_chases (
            protocol_id uuid NOT NULL REFERENCES rhannu.sharing_protocols,
            owner_agency text NOT NULL REFERENCES rhannu.agencies,
            duty text NOT NULL,
            due_at timestamptz NOT NULL,
            rung integer NOT NULL CHECK (rung > 0),
            roles text[] NOT NULL,
            chased_at timestamptz NOT NULL,
            PRIMARY KEY (protocol_id, owner_agency, duty, due_at, rung)
        ) --;;
        CREATE INDEX ix_protocol_chases_owner ON rhannu.protocol_chases (owner_agency) --;;

        INSERT INTO access.reach SELECT kind, role, writes FROM (VALUES
            ('protocols', '{board-administrator}'::text[], true),
            ('protocols', '{practitioner,line-manager,safeguarding-lead,duty-desk,mash-duty,spoc,dpo-ig,caldicott-guardian,flag-decision-maker,agency-administrator}', false),
            ('protocol_signatures', '{safeguarding-lead,caldicott-guardian}', true),
            ('protocol_signatures', '{board-administrator,practitioner,line-manager,duty-desk,mash-duty,spoc,dpo-ig,flag-decision-maker,agency-administrator}', false)
        ) given(kind, roles, writes), unnest(roles) role --;;
    """)


def _policies() -> None:
    secure(
        "rhannu.sharing_protocols",
        update="version, state, partners, review_due, runs_until, content, recorded_at, recorded_by",
    )
    secure("rhannu.sharing_protocol_versions")
    secure("rhannu.protocol_signatures", update="left_at, left_by, left_human, left_reason")
    secure("rhannu.flow_lanes", app="SELECT")
    secure("rhannu.protocol_chases", app="SELECT")
    for table in ("sharing_protocols", "sharing_protocol_versions"):
        by_role(f"rhannu.{table}", "protocols")
    by_role("rhannu.protocol_signatures", "protocol_signatures")
    by_role("rhannu.protocol_chases", "protocols")
    two_sided("rhannu.flow_lanes", "protocols", "recipient_agency", adds=())
    run("""
        -- Every partner named in a protocol reads it, with its versions and who signed it.
        CREATE POLICY partner_reads ON rhannu.sharing_protocols FOR SELECT TO rhannu_app
            USING (partners @> ARRAY[(SELECT access.agency_for('protocols', 'read'))]) --;;
        CREATE POLICY partner_reads ON rhannu.sharing_protocol_versions FOR SELECT TO rhannu_app
            USING (protocol_id IN (SELECT p.id FROM rhannu.sharing_protocols p)) --;;
        CREATE POLICY partner_reads ON rhannu.protocol_signatures FOR SELECT TO rhannu_app
            USING (protocol_id IN (SELECT p.id FROM rhannu.sharing_protocols p)) --;;
        -- An agency signs what it is named in, once it has been assured, and nothing else.
        CREATE POLICY named_signs ON rhannu.protocol_signatures AS RESTRICTIVE FOR INSERT TO rhannu_app
            WITH CHECK (EXISTS (SELECT FROM rhannu.sharing_protocols p WHERE p.id = protocol_id
                AND p.partners @> ARRAY[protocol_signatures.owner_agency] AND p.state IN ('assured', 'in-force', 'under-review'))) --;;
    """)
    open_to("rhannu.sharing_protocols", "rhannu_worker")
    open_to("rhannu.protocol_signatures", "rhannu_worker")
    open_to("rhannu.protocol_chases", "rhannu_worker", grant="SELECT, INSERT")
    open_to("rhannu.sharing_protocols", "rhannu_registrar")
    open_to("rhannu.protocol_signatures", "rhannu_registrar")
    open_to("rhannu.flow_lanes", "rhannu_registrar", grant="SELECT, INSERT, UPDATE (valid_until)")
    open_to("rhannu.flow_spans", "rhannu_registrar", grant="SELECT, INSERT, UPDATE (spans)")
    open_to("rhannu.flow_spans", "rhannu_matcher")
    refer("rhannu.sharing_protocols")


def _lanes() -> None:
    run("""
        -- Lay the lanes of a protocol as it and its signatures stand: new ones from this moment, those that no longer
        -- hold until this moment, all others until the end of the day on which the protocol lapses.
        CREATE FUNCTION rhannu.lay_lanes(protocol uuid, moment timestamptz) RETURNS void
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        DECLARE
            lapse timestamptz;
        BEGIN
            -- One at a time: what all protocols together let flow is added up below.
            PERFORM pg_advisory_xact_lock('rhannu.flow_lanes'::regclass::oid::bigint);
            SELECT coalesce((s.runs_until + 1)::timestamp AT TIME ZONE 'Europe/London', 'infinity') INTO lapse
                FROM rhannu.sharing_protocols s WHERE s.id = protocol;
            WITH wanted AS MATERIALIZED (
                SELECT DISTINCT f ->> 'id' AS flow, giver, recipient, item, purpose
                FROM rhannu.sharing_protocols s
                CROSS JOIN jsonb_array_elements(s.content -> 'terms' -> 'flows') f
                CROSS JOIN jsonb_array_elements_text(f -> 'givers') giver
                CROSS JOIN jsonb_array_elements_text(f -> 'recipients') recipient
                CROSS JOIN jsonb_array_elements_text(f -> 'items') item
                CROSS JOIN jsonb_array_elements_text(f -> 'purposes') purpose
                WHERE s.id = protocol AND s.state IN ('in-force', 'under-review') AND giver <> recipient AND lapse > moment
                    AND giver IN (SELECT g.owner_agency FROM rhannu.protocol_signatures g
                        WHERE g.protocol_id = protocol AND g.left_at IS NULL)
                    AND recipient IN (SELECT g.owner_agency FROM rhannu.protocol_signatures g
                        WHERE g.protocol_id = protocol AND g.left_at IS NULL)
            ), open AS MATERIALIZED (
                SELECT l.id, w.flow IS NOT NULL AS stays, l.flow, l.owner_agency, l.recipient_agency, l.item, l.purpose
                FROM rhannu.flow_lanes l LEFT JOIN wanted w ON w.flow = l.flow AND w.giver = l.owner_agency
                    AND w.recipient = l.recipient_agency AND w.item = l.item AND w.purpose = l.purpose
                WHERE l.protocol_id = protocol AND l.valid_until > moment
            ), moved AS (
                UPDATE rhannu.flow_lanes l
                SET valid_until = CASE WHEN o.stays THEN lapse ELSE greatest(moment, l.valid_from) END
                FROM open o WHERE o.id = l.id AND NOT (o.stays AND l.valid_until = lapse)
            )
            INSERT INTO rhannu.flow_lanes (owner_agency, recipient_agency, item, purpose, protocol_id, flow, valid_from, valid_until)
                SELECT w.giver, w.recipient, w.item, w.purpose, protocol, w.flow, moment, lapse FROM wanted w
                WHERE NOT EXISTS (SELECT FROM open o WHERE o.flow = w.flow AND o.owner_agency = w.giver
                    AND o.recipient_agency = w.recipient AND o.item = w.item AND o.purpose = w.purpose);
            INSERT INTO rhannu.flow_spans AS s (owner_agency, recipient_agency, item, purpose, spans)
                SELECT l.owner_agency, l.recipient_agency, l.item, l.purpose, range_agg(tstzrange(l.valid_from, l.valid_until))
                FROM rhannu.flow_lanes l WHERE EXISTS (SELECT FROM rhannu.flow_lanes o WHERE o.protocol_id = protocol
                    AND o.owner_agency = l.owner_agency AND o.recipient_agency = l.recipient_agency AND o.item = l.item
                    AND o.purpose = l.purpose)
                GROUP BY l.owner_agency, l.recipient_agency, l.item, l.purpose
                ON CONFLICT (recipient_agency, purpose, item, owner_agency) DO UPDATE SET spans = excluded.spans
                    WHERE s.spans <> excluded.spans;
        END $$ --;;
        CREATE FUNCTION rhannu.protocol_changed() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            PERFORM rhannu.lay_lanes(NEW.id, NEW.recorded_at);
            RETURN NULL;
        END $$ --;;
        CREATE FUNCTION rhannu.signature_changed() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
        BEGIN
            PERFORM rhannu.lay_lanes(NEW.protocol_id, coalesce(NEW.left_at, NEW.signed_at));
            RETURN NULL;
        END $$ --;;
        CREATE TRIGGER lay_lanes AFTER INSERT OR UPDATE OF state, content, runs_until ON rhannu.sharing_protocols
            FOR EACH ROW EXECUTE FUNCTION rhannu.protocol_changed() --;;
        CREATE TRIGGER lay_lanes AFTER INSERT OR UPDATE OF left_at ON rhannu.protocol_signatures
            FOR EACH ROW EXECUTE FUNCTION rhannu.signature_changed() --;;
    """)
    definer(_LAY, "rhannu_registrar")
    definer("rhannu.protocol_changed()", "rhannu_registrar")
    definer("rhannu.signature_changed()", "rhannu_registrar")


def _rule() -> None:
    run("""
        -- Who may tell an agency of risk and precautions now, for a purpose.
        CREATE FUNCTION rhannu.givers(viewer text, wanted text, at timestamptz) RETURNS text[]
            LANGUAGE plpgsql STABLE SET search_path = '' SET plan_cache_mode = force_generic_plan AS $$
        BEGIN
            RETURN ARRAY(SELECT s.owner_agency FROM rhannu.flow_spans s WHERE s.recipient_agency = viewer
                AND s.purpose = wanted AND s.item = 'risk-and-precautions' AND s.spans @> at);
        END $$ --;;

        -- As before, but what a recipient sees asks for a lane; without one a grave warning says that there is reason
        -- to ring, since a protocol that ended must not make it silent (law 4).
        CREATE FUNCTION rhannu.flag_tier(owner text, state text, recipients text[], restricted boolean, review_on date,
            is_alerting boolean, is_legacy boolean, reserved_for text[], is_holder boolean, viewer text,
            viewer_roles text[], is_alerted boolean, today date, has_lane boolean) RETURNS text
            LANGUAGE sql IMMUTABLE
            RETURN CASE
                WHEN NOT reserved_for && viewer_roles THEN
                    CASE WHEN state = 'active' AND is_alerted AND is_alerting THEN 'exists' END
                WHEN owner = viewer THEN 'precaution'
                WHEN state = 'provisional' OR is_legacy THEN CASE WHEN is_alerted THEN 'exists' END
                WHEN state <> 'active' THEN NULL
                WHEN recipients && ARRAY['*', viewer] THEN
                    CASE WHEN has_lane THEN
                            CASE WHEN NOT restricted AND (review_on >= today - 28 OR is_holder) THEN 'precaution' ELSE 'exists' END
                        WHEN is_alerting THEN 'exists'
                    END
                WHEN is_alerted AND is_alerting THEN 'exists'
            END --;;
    """)
    definer(_TIER_WITH_LANE, "rhannu_matcher")
    definer(_GIVERS, "rhannu_matcher")
    say_anew(_CHECK, *_IN_ASKED)
    say_anew(_CHECK, *_IN_CHECK)
    for door in (_PRECAUTIONS, _CHANGES):
        say_anew(door, _ROLES, _ROLES + _DECLARED)
        say_anew(door, *_IN_DOOR)
    run(f"DROP FUNCTION {_TIER}")


def upgrade() -> None:
    _tables()
    _policies()
    _lanes()
    _rule()


def downgrade() -> None:
    run("""
        CREATE FUNCTION rhannu.flag_tier(owner text, state text, recipients text[], restricted boolean, review_on date,
            is_alerting boolean, is_legacy boolean, reserved_for text[], is_holder boolean, viewer text,
            viewer_roles text[], is_alerted boolean, today date) RETURNS text
            LANGUAGE sql IMMUTABLE
            RETURN CASE
                WHEN NOT reserved_for && viewer_roles THEN
                    CASE WHEN state = 'active' AND is_alerted AND is_alerting THEN 'exists' END
                WHEN owner = viewer THEN 'precaution'
                WHEN state = 'provisional' OR is_legacy THEN CASE WHEN is_alerted THEN 'exists' END
                WHEN state <> 'active' THEN NULL
                WHEN recipients && ARRAY['*', viewer] THEN
                    CASE WHEN NOT restricted AND (review_on >= today - 28 OR is_holder) THEN 'precaution' ELSE 'exists' END
                WHEN is_alerted AND is_alerting THEN 'exists'
            END --;;
    """)
    definer(_TIER, "rhannu_matcher")
    for door in (_PRECAUTIONS, _CHANGES):
        say_anew(door, *reversed(_IN_DOOR))
        say_anew(door, _ROLES + _DECLARED, _ROLES)
    say_anew(_CHECK, *reversed(_IN_CHECK))
    say_anew(_CHECK, *reversed(_IN_ASKED))
    run(f"""
        DROP FUNCTION {_GIVERS} --;;
        DROP TABLE rhannu.flow_spans --;;
        DROP FUNCTION {_TIER_WITH_LANE} --;;
        DROP TABLE rhannu.protocol_chases --;;
        DROP TABLE rhannu.flow_lanes --;;
        DROP TABLE rhannu.protocol_signatures --;;
        DROP TABLE rhannu.sharing_protocol_versions --;;
        DROP TABLE rhannu.sharing_protocols --;;
        DROP FUNCTION rhannu.protocol_changed() --;;
        DROP FUNCTION rhannu.signature_changed() --;;
        DROP FUNCTION {_LAY} --;;
        DELETE FROM access.reach WHERE kind IN ('protocols', 'protocol_signatures') --;;
    """)
