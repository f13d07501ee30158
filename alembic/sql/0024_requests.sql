-- Which of its own records the holder found the person to be: its own affair, so that nothing the asker sees changes
-- with it (law 4). The newest row stands.
CREATE TABLE rhannu.information_request_matches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_agency text NOT NULL REFERENCES rhannu.agencies,
    request_id uuid NOT NULL REFERENCES rhannu.information_requests,
    record_id uuid NOT NULL REFERENCES rhannu.person_records,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid NOT NULL,
    recorded_human uuid NOT NULL
) --;;
CREATE INDEX ix_information_request_matches_owner ON rhannu.information_request_matches (owner_agency) --;;
CREATE INDEX ix_information_request_matches_request ON rhannu.information_request_matches (request_id, id) --;;
CREATE INDEX ix_information_request_matches_record ON rhannu.information_request_matches (record_id) --;;

ALTER TABLE rhannu.information_requests NO FORCE ROW LEVEL SECURITY --;;
ALTER TABLE rhannu.information_request_versions NO FORCE ROW LEVEL SECURITY --;;
INSERT INTO rhannu.information_request_matches (owner_agency, request_id, record_id, recorded_at, recorded_by,
        recorded_human)
    SELECT v.holding_agency, v.request_id, (v.match ->> 'record_id')::uuid, (v.match #>> '{signed,at}')::timestamptz,
        (v.match #>> '{signed,user}')::uuid, (v.match #>> '{signed,human}')::uuid
    FROM (SELECT DISTINCT ON (o.request_id, o.content -> 'match') o.request_id, o.holding_agency, o.version,
            o.content -> 'match' AS match
        FROM rhannu.information_request_versions o WHERE jsonb_typeof(o.content -> 'match') = 'object'
        ORDER BY o.request_id, o.content -> 'match', o.version) v
    ORDER BY v.request_id, v.version --;;
UPDATE rhannu.information_requests r SET content = jsonb_set(r.content, '{match}', 'null')
    WHERE jsonb_typeof(r.content -> 'match') = 'object' AND r.content ->> 'disclosure_id' IS NULL --;;
UPDATE rhannu.information_request_versions v SET content = jsonb_set(v.content, '{match}', 'null')
    WHERE jsonb_typeof(v.content -> 'match') = 'object' AND v.content ->> 'disclosure_id' IS NULL --;;
ALTER TABLE rhannu.information_request_versions FORCE ROW LEVEL SECURITY --;;
ALTER TABLE rhannu.information_requests FORCE ROW LEVEL SECURITY --;;

-- Each side takes its own steps on a request that both read, and neither changes what was asked or what was said before
-- (laws 3 and 6). A step is told by the state it leaves and the one it leads to, and is free to write only its own part.
CREATE FUNCTION rhannu.keep_each_to_its_part() RETURNS trigger
    LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    side text := access.agency();
    asks boolean := side = OLD.owner_agency;
    holds boolean := side = OLD.holding_agency;
    is_with_holder boolean := OLD.state IN ('sent', 'acknowledged', 'escalated');
    step text := CASE
        WHEN asks AND OLD.state = 'clarification-asked' AND NEW.state IN ('acknowledged', 'escalated') THEN 'clarified'
        WHEN asks AND NEW.state = 'withdrawn' AND (is_with_holder OR OLD.state = 'clarification-asked') THEN 'withdrawn'
        WHEN asks AND OLD.state = 'refused' AND NEW.state = 'escalated' THEN 'appealed'
        WHEN (asks OR holds) AND OLD.state IN ('sent', 'acknowledged') AND NEW.state = 'escalated' THEN 'escalated'
        WHEN holds AND OLD.state = 'sent' AND NEW.state = 'acknowledged' THEN 'acknowledged'
        WHEN holds AND is_with_holder AND NEW.state = 'clarification-asked' THEN 'questioned'
        WHEN holds AND is_with_holder AND NEW.state = 'refused' THEN 'refused'
        WHEN holds AND is_with_holder AND NEW.state IN ('answered', 'answered-in-part') THEN 'answered'
    END;
    free text[] := ARRAY['version', 'state', 'changed'] || CASE step
        WHEN 'clarified' THEN ARRAY['clarifications', 'due_at']
        WHEN 'withdrawn' THEN ARRAY['withdrawn_reason']
        WHEN 'appealed' THEN ARRAY['escalations', 'due_at']
        WHEN 'escalated' THEN ARRAY['escalations']
        WHEN 'acknowledged' THEN ARRAY['acknowledged']
        WHEN 'questioned' THEN ARRAY['acknowledged', 'clarifications']
        WHEN 'refused' THEN ARRAY['acknowledged', 'decisions']
        WHEN 'answered' THEN ARRAY['acknowledged', 'decisions', 'disclosure_id', 'match']
    END;
    grown text := CASE WHEN step = 'questioned' THEN 'clarifications' WHEN step IN ('appealed', 'escalated')
        THEN 'escalations' WHEN step IN ('refused', 'answered') THEN 'decisions' END;
    said jsonb := OLD.content -> 'clarifications' -> -1;
    replied jsonb := NEW.content -> 'clarifications' -> -1;
BEGIN
    IF (step IS NOT NULL
        AND NEW.version = OLD.version + 1 AND NEW.content -> 'version' = to_jsonb(NEW.version)
        AND NEW.content ->> 'state' = NEW.state
        AND NEW.content - free = OLD.content - free
        AND (OLD.content ->> 'acknowledged' IS NULL OR NEW.content -> 'acknowledged' = OLD.content -> 'acknowledged')
        AND (grown IS NULL OR (NEW.content -> grown) - -1 = OLD.content -> grown
            AND jsonb_array_length(NEW.content -> grown) = jsonb_array_length(OLD.content -> grown) + 1)
        AND (grown IS DISTINCT FROM 'escalations' OR NEW.content -> 'escalations' -> -1 ->> 'by_agency' = side)
        AND (step <> 'clarified' OR said ->> 'reply' IS NULL AND replied ->> 'reply' IS NOT NULL
            AND replied - ARRAY['reply', 'replied'] = said - ARRAY['reply', 'replied']
            AND (NEW.content -> 'clarifications') - -1 = (OLD.content -> 'clarifications') - -1)
        AND (NEW.due_at = OLD.due_at OR step IN ('clarified', 'appealed') AND NEW.due_at > OLD.due_at)
        AND (NEW.content ->> 'due_at')::timestamptz = NEW.due_at) IS NOT TRUE THEN
        RAISE EXCEPTION 'each side changes its own part of a request alone' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$ --;;
CREATE TRIGGER keep_each_to_its_part BEFORE UPDATE OF version, state, due_at, content, recorded_at, recorded_by
    ON rhannu.information_requests FOR EACH ROW EXECUTE FUNCTION rhannu.keep_each_to_its_part() --;;
