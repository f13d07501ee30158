-- Which records people set apart, and on which digests: on those no rule joins them again, nor anybody else to them.
CREATE TABLE rhannu.record_separations (
    record_id uuid NOT NULL REFERENCES rhannu.person_records,
    digest bytea NOT NULL,
    owner_agency text NOT NULL REFERENCES rhannu.agencies,
    PRIMARY KEY (record_id, digest)
) --;;
CREATE INDEX ix_record_separations_owner_agency ON rhannu.record_separations (owner_agency) --;;
ALTER TABLE rhannu.record_links ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN state text NOT NULL DEFAULT 'unreviewed', ADD COLUMN reason text, ADD COLUMN reviewed_by uuid --;;
CREATE INDEX ix_record_links_unreviewed ON rhannu.record_links (owner_agency, linked_at, id) WHERE state = 'unreviewed' --;;
-- Every review of a link, with its reason; the link itself says only how it stands (law 6).
CREATE TABLE rhannu.record_link_reviews (
    link_id uuid NOT NULL REFERENCES rhannu.record_links,
    version integer NOT NULL,
    owner_agency text NOT NULL REFERENCES rhannu.agencies,
    outcome text NOT NULL,
    reason text NOT NULL,
    reviewed_at timestamptz NOT NULL,
    reviewed_by uuid NOT NULL,
    PRIMARY KEY (link_id, version)
) --;;
CREATE INDEX ix_record_link_reviews_owner_agency ON rhannu.record_link_reviews (owner_agency) --;;
GRANT UPDATE (version, state, reason, reviewed_at, reviewed_by) ON rhannu.record_links TO rhannu_app --;;

-- As in revision 0004, but records that people set apart are not placed by that digest, nor are others by theirs.
CREATE OR REPLACE FUNCTION rhannu.place_record(record uuid, sure bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    owner text;
    now_with uuid;
    belongs uuid;
BEGIN
    SELECT r.owner_agency, r.person_id INTO owner, now_with FROM rhannu.person_records r WHERE r.id = record;
    IF owner IS DISTINCT FROM access.agency() THEN
        RAISE EXCEPTION 'not the owner' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF sure IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(('x' || encode(substring(sure FROM 1 FOR 8), 'hex'))::bit(64)::bigint);
        SELECT r.person_id INTO belongs FROM rhannu.person_keys k
            JOIN rhannu.person_records r ON r.id = k.record_id
            WHERE k.digest = sure AND k.record_id <> record AND r.person_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM rhannu.record_separations s
                WHERE s.digest = sure AND s.record_id IN (record, k.record_id))
            ORDER BY r.person_id LIMIT 1;
    END IF;
    IF belongs IS NULL AND now_with IS NOT NULL AND NOT EXISTS (
        SELECT FROM rhannu.person_records r WHERE r.person_id = now_with AND r.id <> record) THEN
        RETURN;
    END IF;
    IF belongs IS NULL THEN
        INSERT INTO rhannu.persons VALUES (gen_random_uuid()) RETURNING id INTO belongs;
    END IF;
    IF belongs IS NOT DISTINCT FROM now_with THEN RETURN; END IF;
    UPDATE rhannu.person_records r SET person_id = belongs WHERE r.id = record;
    IF now_with IS NOT NULL OR EXISTS (
        SELECT FROM rhannu.person_records r WHERE r.person_id = belongs AND r.id <> record) THEN
        INSERT INTO rhannu.record_links (record_id, owner_agency, person_id, previous_person_id, rule)
            VALUES (record, owner, belongs, now_with,
                CASE WHEN sure IS NULL THEN 'no-longer-agrees' ELSE 'nhs-number-and-birth-date' END);
    END IF;
END $$ --;;

-- Take the record of a link apart from the person the rule joined it to, or put it back; whom flags warn about is said
-- again on both sides. False when the record has moved on since.
CREATE FUNCTION rhannu.move_record(link uuid, apart boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    l rhannu.record_links;
    present uuid;
    goes_to uuid;
    left_behind uuid;
BEGIN
    SELECT x.* INTO l FROM rhannu.record_links x WHERE x.id = link AND x.owner_agency = access.agency_for('links', 'write');
    IF l.id IS NULL THEN
        RAISE EXCEPTION 'not the owner' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT r.person_id INTO present FROM rhannu.person_records r WHERE r.id = l.record_id FOR UPDATE;
    SELECT r.id INTO left_behind FROM rhannu.person_records r WHERE r.person_id = l.person_id AND r.id <> l.record_id
        ORDER BY r.id LIMIT 1;
    IF left_behind IS NULL OR apart <> (present = l.person_id) THEN RETURN false; END IF;
    IF apart THEN
        INSERT INTO rhannu.record_separations (record_id, digest, owner_agency)
            SELECT DISTINCT k.record_id, k.digest, l.owner_agency FROM rhannu.person_keys k
            JOIN rhannu.person_keys o ON o.digest = k.digest JOIN rhannu.person_records r ON r.id = o.record_id
            WHERE k.record_id = l.record_id AND r.person_id = present AND r.id <> l.record_id ON CONFLICT DO NOTHING;
        INSERT INTO rhannu.persons VALUES (gen_random_uuid()) RETURNING id INTO goes_to;
    ELSE
        IF EXISTS (SELECT FROM rhannu.person_records r WHERE r.person_id = present AND r.id <> l.record_id) THEN
            RETURN false;
        END IF;
        DELETE FROM rhannu.record_separations s WHERE s.record_id = l.record_id;
        goes_to := l.person_id;
    END IF;
    UPDATE rhannu.person_records r SET person_id = goes_to WHERE r.id = l.record_id;
    PERFORM rhannu.retarget(l.record_id, NULL);
    PERFORM rhannu.retarget(left_behind, NULL);
    RETURN true;
END $$ --;;
