-- The rows a human had before accounts of theirs were found to be one human's.
CREATE FUNCTION access.former_humans(present uuid) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(array_agg(h.id), '{}') FROM rhannu.humans h WHERE h.merged_into = present
$$ --;;

-- As in revision 0008, and besides: who decides on flags for one agency does so, and nothing else, for an agency that
-- named it to decide. Units of work and gathered checks both ask here.
CREATE OR REPLACE VIEW access.roles_held WITH (security_invoker = true) AS
    SELECT c.id AS client, c.owner_agency AS home, acting.code AS acting, u.id AS user_id, u.human_id AS human,
        u.is_team, r.role, c.scopes
    FROM rhannu.clients c
    JOIN rhannu.agencies home ON home.code = c.owner_agency AND home.suspended_at IS NULL
    JOIN rhannu.agencies acting ON acting.suspended_at IS NULL
        AND (acting.code = c.owner_agency OR acting.code = ANY (c.acting_for))
    JOIN rhannu.user_roles r ON r.owner_agency = acting.code
        AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())
    JOIN rhannu.users u ON u.id = r.user_id AND u.suspended_at IS NULL AND (u.left_at IS NULL OR u.left_at > now())
    JOIN rhannu.humans h ON h.id = u.human_id AND h.suspended_at IS NULL
    WHERE c.suspended_at IS NULL
    UNION ALL
    SELECT c.id, c.owner_agency, acting.code, u.id, u.human_id, u.is_team, r.role, c.scopes
    FROM rhannu.clients c
    JOIN rhannu.agencies home ON home.code = c.owner_agency AND home.suspended_at IS NULL
    JOIN rhannu.agreements g ON g.party_agency = c.owner_agency AND g.kind = 'decides-for'
        AND g.suspended_at IS NULL AND g.ended_at IS NULL
        AND g.valid_from <= now() AND (g.valid_to IS NULL OR g.valid_to > now())
    JOIN rhannu.agencies acting ON acting.code = g.owner_agency AND acting.suspended_at IS NULL
    JOIN rhannu.user_roles r ON r.owner_agency = g.party_agency AND r.role = 'flag-decision-maker'
        AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())
    JOIN rhannu.users u ON u.id = r.user_id AND NOT u.is_team AND u.suspended_at IS NULL
        AND (u.left_at IS NULL OR u.left_at > now())
    JOIN rhannu.humans h ON h.id = u.human_id AND h.suspended_at IS NULL
    WHERE c.suspended_at IS NULL --;;
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
