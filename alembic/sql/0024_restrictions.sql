-- Every setting there was; the newest stands. No roles: the record is open to all whose role reads records.
CREATE TABLE rhannu.person_restrictions (
    record_id uuid NOT NULL REFERENCES rhannu.person_records,
    version integer NOT NULL CHECK (version > 0),
    owner_agency text NOT NULL REFERENCES rhannu.agencies,
    roles text[] NOT NULL,
    users uuid[] NOT NULL,
    reason_code text,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid NOT NULL,
    PRIMARY KEY (record_id, version)
) --;;
CREATE INDEX ix_person_restrictions_owner ON rhannu.person_restrictions (owner_agency) --;;
INSERT INTO access.reach SELECT 'restrictions', role, true FROM unnest('{safeguarding-lead,dpo-ig}'::text[]) role --;;

-- By which names whoever asks may be named: the roles held, and the account. NULL without a context.
CREATE FUNCTION access.names() RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT string_to_array(c.held[6], ',') || c.held[2] FROM (SELECT access.context() AS held) c
$$ --;;
-- Which of some accounts hold a role in the caller's agency.
CREATE FUNCTION access.known_users(asked uuid[]) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT array_agg(DISTINCT r.user_id) FROM rhannu.user_roles r
    WHERE r.user_id = ANY (asked) AND r.owner_agency = access.agency_for('restrictions', 'write')
$$ --;;

-- Who alone may see what concerns some records: those named for each that is restricted; NULL where none is.
CREATE FUNCTION rhannu.restriction_on(records uuid[]) RETURNS text[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    restricted integer;
BEGIN
    SELECT count(*) INTO restricted FROM rhannu.person_records r
        WHERE r.id = ANY (records) AND r.restricted_to IS NOT NULL;
    IF restricted = 0 THEN RETURN NULL; END IF;
    RETURN ARRAY(SELECT n FROM rhannu.person_records r, unnest(r.restricted_to) n
        WHERE r.id = ANY (records) GROUP BY n HAVING count(*) = restricted ORDER BY n);
END $$ --;;

-- A row about a restricted record is restricted as it is; the row's own columns say which record that is.
CREATE FUNCTION rhannu.keep_restricted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    CASE TG_ARGV[0]
    WHEN 'record' THEN
        SELECT r.restricted_to INTO NEW.restricted_to FROM rhannu.person_records r WHERE r.id = NEW.record_id;
    WHEN 'identifier' THEN
        SELECT r.restricted_to INTO NEW.restricted_to FROM rhannu.person_records r WHERE r.id = NEW.record_id;
        IF NEW.restricted_to IS NOT NULL THEN NEW.scope := NEW.record_id; END IF;
    WHEN 'flag' THEN
        SELECT f.restricted_to INTO NEW.restricted_to FROM rhannu.flags f WHERE f.id = NEW.flag_id;
    WHEN 'terms' THEN
        SELECT t.restricted_to INTO NEW.restricted_to FROM rhannu.confidentiality_terms t WHERE t.id = NEW.terms_id;
    WHEN 'request' THEN
        SELECT q.restricted_to INTO NEW.restricted_to FROM rhannu.information_requests q
            WHERE q.id = NEW.request_id AND q.owner_agency = NEW.owner_agency;
    WHEN 'disclosure' THEN
        NEW.restricted_to := rhannu.restriction_on(ARRAY[(NEW.content #>> '{subjects,holder}')::uuid]);
        NEW.restricted_there := rhannu.restriction_on(ARRAY[(NEW.content #>> '{subjects,asker}')::uuid]);
    ELSE
        NEW.restricted_to := rhannu.restriction_on(ARRAY(
            SELECT (to_jsonb(NEW) #>> a.path::text[])::uuid FROM unnest(TG_ARGV) a(path)));
    END CASE;
    RETURN NEW;
END $$ --;;

-- Whom a flag about a restricted person is kept to: those named, as far as the kind of warning is open to them too. The
-- check and the precautions read it there, so that to others it is a flag they may not read and no silence (law 4).
CREATE FUNCTION rhannu.narrow_reserved() RETURNS trigger
    LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    shared text[] := ARRAY(SELECT n FROM unnest(NEW.restricted_to) n WHERE n = ANY (NEW.reserved_for) ORDER BY n);
BEGIN
    IF NEW.restricted_to IS NOT NULL THEN
        -- Accounts are named one by one, each of them knowingly; a role must be open to the kind of warning.
        NEW.reserved_for := CASE WHEN NEW.reserved_for IS NULL OR shared = '{}' THEN NEW.restricted_to ELSE shared
            || ARRAY(SELECT n FROM unnest(NEW.restricted_to) n WHERE length(n) = 36 AND n <> ALL (shared) ORDER BY n) END;
    END IF;
    RETURN NEW;
END $$ --;;

-- Whether a record is the caller's agency's own, for whoever oversees restrictions and need not read records.
CREATE FUNCTION rhannu.is_own_record(record uuid, lock boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF lock THEN
        PERFORM FROM rhannu.person_records r
            WHERE r.id = record AND r.owner_agency = access.agency_for('restrictions', 'write') FOR NO KEY UPDATE;
        RETURN FOUND;
    END IF;
    RETURN EXISTS (SELECT FROM rhannu.person_records r
        WHERE r.id = record AND r.owner_agency = access.agency_for('restrictions', 'read'));
END $$ --;;

-- Restricts a record of the caller's agency, and everything that concerns it, to some names; NULL opens it again.
CREATE FUNCTION rhannu.set_restriction(record uuid, new_names text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    mine text := access.agency_for('restrictions', 'write');
    concerned text;
BEGIN
    UPDATE rhannu.person_records r SET restricted_to = new_names WHERE r.id = record AND r.owner_agency = mine;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not the owner' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOREACH concerned IN ARRAY '{person_record_versions,person_keys,person_places,record_links,confidentiality_terms,
            information_request_matches,check_resolutions}'::text[] LOOP
        EXECUTE format('UPDATE rhannu.%I SET restricted_to = $2 WHERE record_id = $1', concerned) USING record, new_names;
    END LOOP;
    UPDATE rhannu.person_identifiers i SET restricted_to = new_names, scope = CASE
            WHEN new_names IS NOT NULL OR EXISTS (SELECT FROM rhannu.person_identifiers o WHERE o.owner_agency = mine
                AND o.digest = i.digest AND o.record_id <> record AND o.restricted_to IS NULL) THEN record
            ELSE '00000000-0000-0000-0000-000000000000' END
        WHERE i.record_id = record;
    UPDATE rhannu.relationships l SET restricted_to = rhannu.restriction_on(ARRAY[l.from_record, l.to_record])
        WHERE record IN (l.from_record, l.to_record);
    UPDATE rhannu.incidents i SET restricted_to = rhannu.restriction_on(
            ARRAY[i.about_record, (i.content ->> 'adult_at_risk')::uuid])
        WHERE i.owner_agency = mine AND (i.about_record = record OR i.content ->> 'adult_at_risk' = record::text);
    UPDATE rhannu.incident_versions v SET restricted_to = rhannu.restriction_on(
            ARRAY[(v.content ->> 'about')::uuid, (v.content ->> 'adult_at_risk')::uuid])
        WHERE v.owner_agency = mine AND record::text IN (v.content ->> 'about', v.content ->> 'adult_at_risk');
    UPDATE rhannu.flags f SET restricted_to = new_names, reserved_for = CASE WHEN b.named IS NULL THEN b.kept
            WHEN b.kept IS NULL THEN b.named
            ELSE coalesce(nullif(ARRAY(SELECT unnest(b.named) INTERSECT SELECT unnest(b.kept) ORDER BY 1), '{}'), b.kept) END
        FROM (SELECT o.id, nullif(ARRAY(SELECT jsonb_array_elements_text(o.content #> '{terms,handling_roles}')
                    ORDER BY 1), '{}') AS named,
                (SELECT nullif(c.roles, '{}') FROM rhannu.category_reservations c WHERE c.owner_agency = o.owner_agency
                    AND c.category = o.category ORDER BY c.version DESC LIMIT 1) AS kept
            FROM rhannu.flags o WHERE o.record_id = record) b
        WHERE f.id = b.id;
    FOREACH concerned IN ARRAY '{flag_versions,flag_incidents,flag_targets,flag_recipients,flag_chases,flag_notices}'::text[]
    LOOP
        EXECUTE format('UPDATE rhannu.%I c SET restricted_to = $2 FROM rhannu.flags f
            WHERE f.id = c.flag_id AND f.record_id = $1', concerned) USING record, new_names;
    END LOOP;
    FOREACH concerned IN ARRAY '{confidentiality_term_versions,confidentiality_overrides}'::text[] LOOP
        EXECUTE format('UPDATE rhannu.%I c SET restricted_to = $2 FROM rhannu.confidentiality_terms t
            WHERE t.id = c.terms_id AND t.record_id = $1', concerned) USING record, new_names;
    END LOOP;
    UPDATE rhannu.information_requests q SET restricted_to = new_names
        WHERE q.owner_agency = mine AND q.content #>> '{asked_of,about}' = record::text;
    UPDATE rhannu.information_request_versions v SET restricted_to = new_names
        WHERE v.owner_agency = mine AND v.content #>> '{asked_of,about}' = record::text;
    UPDATE rhannu.information_request_notes n SET restricted_to = new_names FROM rhannu.information_requests q
        WHERE q.id = n.request_id AND n.owner_agency = mine AND q.owner_agency = mine
        AND q.content #>> '{asked_of,about}' = record::text;
    FOREACH concerned IN ARRAY '{disclosures,disclosure_versions}'::text[] LOOP
        EXECUTE format('UPDATE rhannu.%I SET restricted_to = $2
            WHERE owner_agency = $3 AND content #>> ''{subjects,holder}'' = $1::text', concerned)
            USING record, new_names, mine;
        EXECUTE format('UPDATE rhannu.%I SET restricted_there = $2
            WHERE recipient_agency = $3 AND content #>> ''{subjects,asker}'' = $1::text', concerned)
            USING record, new_names, mine;
    END LOOP;
    FOREACH concerned IN ARRAY '{not_sharing_decisions,not_sharing_decision_versions}'::text[] LOOP
        EXECUTE format('UPDATE rhannu.%I SET restricted_to = $2
            WHERE owner_agency = $3 AND content #>> ''{decision,about}'' = $1::text', concerned)
            USING record, new_names, mine;
    END LOOP;
END $$ --;;
