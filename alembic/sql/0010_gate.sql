CREATE FUNCTION access.is_board_administrator() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce('board-administrator' = ANY (string_to_array((access.context())[6], ','))
        AND EXISTS (SELECT FROM rhannu.agencies a WHERE a.code = (access.context())[1] AND a.type = 'board'), false)
$$ --;;
-- The rows a human had before accounts of theirs were found to be one human's.
CREATE FUNCTION access.former_humans(present uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(array_agg(h.id), '{}') FROM rhannu.humans h WHERE h.merged_into = present
$$ --;;

-- As in revision 0002, and besides: who decides on flags for one agency does so, and nothing else, for an agency that
-- named it to decide.
CREATE OR REPLACE FUNCTION access.standing(claim text[])
    RETURNS TABLE (human uuid, is_team boolean, roles text[], scopes text[])
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT u.human_id, u.is_team, array_agg(DISTINCT r.role ORDER BY r.role), c.scopes
    FROM rhannu.clients c
    JOIN rhannu.agencies home ON home.code = c.owner_agency AND home.suspended_at IS NULL
    JOIN rhannu.agencies acting ON acting.code = claim[3] AND acting.suspended_at IS NULL
    JOIN rhannu.users u ON u.id = claim[4]::uuid AND u.suspended_at IS NULL
        AND (u.left_at IS NULL OR u.left_at > now())
    JOIN rhannu.humans h ON h.id = u.human_id AND h.suspended_at IS NULL
    CROSS JOIN LATERAL (
        SELECT r.role FROM rhannu.user_roles r WHERE r.user_id = u.id AND r.owner_agency = acting.code
            AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())
            AND (acting.code = c.owner_agency OR acting.code = ANY (c.acting_for))
        UNION ALL
        SELECT r.role FROM rhannu.agreements g JOIN rhannu.user_roles r
            ON r.user_id = u.id AND r.owner_agency = g.party_agency AND r.role = 'flag-decision-maker'
            AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())
        WHERE g.owner_agency = acting.code AND g.party_agency = c.owner_agency AND g.kind = 'decides-for'
            AND g.suspended_at IS NULL AND g.ended_at IS NULL AND NOT u.is_team
            AND g.valid_from <= now() AND (g.valid_to IS NULL OR g.valid_to > now())
    ) r
    WHERE c.id = claim[1] AND c.owner_agency = claim[2] AND c.suspended_at IS NULL
    GROUP BY u.human_id, u.is_team, c.scopes
$$ --;;
DROP FUNCTION access.client_keys(text) --;;
CREATE FUNCTION access.client_keys(client text)
    RETURNS TABLE (agency text, key_set jsonb, key_set_url text, scopes text[], former_key_set jsonb,
        former_key_set_url text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT c.owner_agency, c.key_set, c.key_set_url, c.scopes,
        CASE WHEN c.former_until > now() THEN c.former_key_set END,
        CASE WHEN c.former_until > now() THEN c.former_key_set_url END
    FROM rhannu.clients c
    JOIN rhannu.agencies a ON a.code = c.owner_agency AND a.suspended_at IS NULL
    WHERE c.id = client AND c.suspended_at IS NULL
$$ --;;
