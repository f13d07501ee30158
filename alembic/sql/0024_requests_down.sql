DROP TRIGGER keep_each_to_its_part ON rhannu.information_requests --;;
DROP FUNCTION rhannu.keep_each_to_its_part() --;;
ALTER TABLE rhannu.information_requests NO FORCE ROW LEVEL SECURITY --;;
UPDATE rhannu.information_requests r SET content = jsonb_set(r.content, '{match}', jsonb_build_object('record_id',
        m.record_id, 'signed', jsonb_build_object('user', m.recorded_by, 'human', m.recorded_human, 'at', m.recorded_at)))
    FROM (SELECT DISTINCT ON (request_id) * FROM rhannu.information_request_matches ORDER BY request_id, id DESC) m
    WHERE m.request_id = r.id --;;
ALTER TABLE rhannu.information_requests FORCE ROW LEVEL SECURITY --;;
DROP TABLE rhannu.information_request_matches --;;
