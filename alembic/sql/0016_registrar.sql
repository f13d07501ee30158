-- Functions of the registrar: each asks the verified context whose row it may touch.
CREATE FUNCTION rhannu.new_human() RETURNS uuid
    LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO rhannu.humans (id) SELECT gen_random_uuid() WHERE access.agency_for('register', 'write') IS NOT NULL RETURNING id
$$ --;;

-- Whose account an id is, for those who must ask another agency's consent; nothing of what it may do.
CREATE FUNCTION rhannu.user_anywhere(account uuid)
    RETURNS TABLE (agency text, human uuid, is_team boolean, has_left boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT u.owner_agency, u.human_id, u.is_team, coalesce(u.left_at <= now(), false) FROM rhannu.users u
    WHERE u.id = account AND access.agency_for('register', 'read') IS NOT NULL
$$ --;;

-- The humans who can administer an agency now.
CREATE FUNCTION rhannu.administrators(agency text) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(array_agg(DISTINCT h.id), '{}') FROM rhannu.user_roles r
    JOIN rhannu.users u ON u.id = r.user_id AND u.suspended_at IS NULL AND (u.left_at IS NULL OR u.left_at > now())
    JOIN rhannu.humans h ON h.id = u.human_id AND h.suspended_at IS NULL
    WHERE r.owner_agency = administrators.agency AND r.role = 'agency-administrator'
        AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())
        AND (access.agency_for('register', 'read') = administrators.agency OR access.administers_board())
$$ --;;

-- Roles held for the caller's agency, and roles that its own accounts hold for others.
CREATE FUNCTION rhannu.role_assignments()
    RETURNS TABLE (id uuid, user_id uuid, home text, display_name text, agency text, role text,
        valid_from timestamptz, valid_to timestamptz, version int, assigned_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT r.id, u.id, u.owner_agency, u.display_name, r.owner_agency, r.role, r.valid_from, r.valid_to,
        r.version, r.assigned_at
    FROM rhannu.user_roles r JOIN rhannu.users u ON u.id = r.user_id
    WHERE (SELECT access.agency_for('register', 'read')) IN (r.owner_agency, u.owner_agency)
$$ --;;
CREATE FUNCTION rhannu.end_role(assignment uuid, read_version int, ends timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE rhannu.user_roles r SET valid_to = ends, version = r.version + 1 FROM rhannu.users u
        WHERE r.id = assignment AND r.version = read_version AND u.id = r.user_id
        AND access.agency_for('register', 'write') IN (r.owner_agency, u.owner_agency);
    RETURN FOUND;
END $$ --;;

-- What the caller's agency asked for or is asked, and for the Board what an agency may be unable to confirm by itself.
CREATE FUNCTION rhannu.requests_seen()
    RETURNS TABLE (id uuid, owner_agency text, confirming_agency text, kind text, state text, version int,
        reason text, asked_by uuid, asked_human uuid, asker uuid, asked_at timestamptz, decided_by uuid,
        decided_human uuid, decided_at timestamptz, decision_reason text, user_id uuid, user_name text, user_human uuid,
        other_user_id uuid, for_agency text, role text, client_id text, valid_from timestamptz, valid_to timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT q.id, q.owner_agency, q.confirming_agency, q.kind, q.state, q.version, q.reason, q.asked_by,
        q.asked_human, a.human_id, q.asked_at, q.decided_by, q.decided_human, q.decided_at, q.decision_reason, q.user_id,
        u.display_name, u.human_id, q.other_user_id, q.for_agency, q.role, q.client_id, q.valid_from, q.valid_to
    FROM rhannu.register_requests q JOIN rhannu.users a ON a.id = q.asked_by
    LEFT JOIN rhannu.users u ON u.id = q.user_id
    WHERE (SELECT access.agency_for('register', 'read')) IN (q.owner_agency, q.confirming_agency)
        OR q.decided_by = (SELECT (access.context())[2])::uuid
        OR (q.state = 'pending' AND q.owner_agency = q.confirming_agency AND q.kind IN ('role', 'separation')
            AND (SELECT access.administers_board()))
$$ --;;

-- The roles of `apart` that the human of an account holds or will hold, in whatever agency.
CREATE FUNCTION rhannu.duties(account uuid, apart text[])
    RETURNS TABLE (role text, valid_from timestamptz, valid_to timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT r.role, r.valid_from, r.valid_to FROM rhannu.users u
    JOIN rhannu.users same ON same.human_id = u.human_id JOIN rhannu.user_roles r ON r.user_id = same.id
    WHERE u.id = account AND r.role = ANY (apart) AND (r.valid_to IS NULL OR r.valid_to > now())
        AND access.agency_for('register', 'read') IS NOT NULL
$$ --;;

-- Accounts found to be one human's may hold duties that no human holds together: the decision on flags ends then, to be
-- given anew by two people if the other duty is given up.
CREATE FUNCTION rhannu.merge_humans(kept uuid, gone uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF kept = gone THEN RETURN; END IF;
    UPDATE rhannu.humans k SET suspended_at = coalesce(k.suspended_at, g.suspended_at)
        FROM rhannu.humans g WHERE k.id = kept AND g.id = gone;
    UPDATE rhannu.users u SET human_id = kept WHERE u.human_id = gone;
    UPDATE rhannu.humans h SET merged_into = kept WHERE h.id = gone OR h.merged_into = gone;
    IF EXISTS (SELECT FROM rhannu.user_roles r JOIN rhannu.users u ON u.id = r.user_id WHERE u.human_id = kept
            AND r.role = 'agency-administrator' AND (r.valid_to IS NULL OR r.valid_to > now())) THEN
        UPDATE rhannu.user_roles r SET valid_to = greatest(r.valid_from, now()), version = r.version + 1
            FROM rhannu.users u WHERE u.id = r.user_id AND u.human_id = kept AND r.role = 'flag-decision-maker'
            AND (r.valid_to IS NULL OR r.valid_to > now());
    END IF;
END $$ --;;
CREATE FUNCTION rhannu.link_users(first uuid, second uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    humans uuid[] := ARRAY(SELECT u.human_id FROM unnest(ARRAY[first, second]) WITH ORDINALITY w(id, place)
        JOIN rhannu.users u ON u.id = w.id WHERE u.owner_agency = access.agency_for('register', 'write') ORDER BY w.place);
BEGIN
    IF cardinality(humans) <> 2 THEN
        RAISE EXCEPTION 'not the owner' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM rhannu.merge_humans(humans[1], humans[2]);
END $$ --;;
-- The gate reads one array per system: those who agreed and have not taken it back.
CREATE FUNCTION rhannu.project_acting(client text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    UPDATE rhannu.clients c SET acting_for = ARRAY(
        SELECT DISTINCT g.owner_agency FROM rhannu.agreements g WHERE g.client_id = c.id AND g.kind = 'acting-for'
        AND g.suspended_at IS NULL AND g.ended_at IS NULL ORDER BY 1) WHERE c.id = client
$$ --;;

-- Decide what waits, and do what was asked if it is confirmed; false when somebody was faster. Who may is the rule of
-- `domain.agency_requests`; that nobody confirms their own request is held by the table as well.
CREATE FUNCTION rhannu.decide_request(request uuid, read_version int, outcome text, why text, at timestamptz)
    RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    mine text[] := access.context();
    q rhannu.register_requests;
    other uuid;
BEGIN
    SELECT r.* INTO q FROM rhannu.register_requests r WHERE r.id = request FOR UPDATE;
    IF q.id IS NULL OR mine IS NULL OR access.agency_for('register', 'write') IS NULL
       OR NOT (mine[1] IN (q.owner_agency, q.confirming_agency) OR (q.owner_agency = q.confirming_agency
            AND q.kind IN ('role', 'separation') AND access.administers_board())) THEN
        RAISE EXCEPTION 'not for this agency' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF q.state <> 'pending' OR q.version <> read_version THEN RETURN false; END IF;
    UPDATE rhannu.register_requests r SET state = outcome, version = r.version + 1, decided_by = mine[2]::uuid,
        decided_human = mine[3]::uuid, decided_at = at, decision_reason = why WHERE r.id = request;
    IF outcome <> 'confirmed' THEN RETURN true; END IF;
    IF q.kind IN ('role', 'appointment') THEN
        INSERT INTO rhannu.user_roles (id, user_id, owner_agency, role, valid_from, valid_to)
            VALUES (q.id, q.user_id, q.for_agency, q.role, greatest(q.valid_from, now()), q.valid_to);
    ELSIF q.kind = 'acting-for' THEN
        INSERT INTO rhannu.agreements (id, owner_agency, party_agency, kind, client_id, valid_from)
            VALUES (q.id, q.for_agency, q.owner_agency, q.kind, q.client_id, now());
        PERFORM rhannu.project_acting(q.client_id);
    ELSIF q.kind = 'decides-for' THEN
        INSERT INTO rhannu.agreements (id, owner_agency, party_agency, kind, valid_from, valid_to)
            VALUES (q.id, q.owner_agency, q.for_agency, q.kind, greatest(q.valid_from, now()), q.valid_to);
    ELSIF q.kind = 'link' THEN
        SELECT u.human_id INTO other FROM rhannu.users u WHERE u.id = q.other_user_id;
        PERFORM rhannu.merge_humans(other, u.human_id) FROM rhannu.users u WHERE u.id = q.user_id;
    ELSIF q.kind = 'separation' THEN
        INSERT INTO rhannu.humans (id) VALUES (gen_random_uuid()) RETURNING id INTO other;
        UPDATE rhannu.users u SET human_id = other WHERE u.id = q.user_id;
    END IF;
    RETURN true;
END $$ --;;


-- For the Board's administrators alone: agencies, the first administrator of one, and a human in every agency at once.
CREATE FUNCTION rhannu.require_board() RETURNS void
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF NOT access.administers_board() THEN
        RAISE EXCEPTION 'not for the Board' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$ --;;
CREATE FUNCTION rhannu.put_agency(code text, name_en text, name_cy text, type text, duty_phone text,
    suspended_at timestamptz, version int) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM rhannu.require_board();
    IF version = 1 THEN
        INSERT INTO rhannu.agencies (code, name_en, name_cy, type, duty_phone)
            VALUES ($1, $2, $3, $4, $5);
    ELSE
        UPDATE rhannu.agencies a SET name_en = $2, name_cy = $3, type = $4, duty_phone = $5, suspended_at = $6, version = $7
            WHERE a.code = $1 AND a.version = $7 - 1;
    END IF;
    RETURN FOUND;
END $$ --;;
CREATE FUNCTION rhannu.appoint(account uuid, agency text, display_name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    human uuid;
BEGIN
    PERFORM rhannu.require_board();
    INSERT INTO rhannu.humans (id) VALUES (gen_random_uuid()) RETURNING id INTO human;
    INSERT INTO rhannu.users (id, owner_agency, human_id, display_name) VALUES ($1, $2, human, $3);
END $$ --;;
CREATE FUNCTION rhannu.provide_client(client text, agency text, name text, key_set jsonb, key_set_url text, scopes text[])
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM rhannu.require_board();
    INSERT INTO rhannu.clients (id, owner_agency, name, key_set, key_set_url, scopes) VALUES ($1, $2, $3, $4, $5, $6);
END $$ --;;
-- Gives the agencies in which that human has an account, so that the trail says whom it concerned; none if there is no
-- such account.
CREATE FUNCTION rhannu.set_human(account uuid, suspended timestamptz) RETURNS text[]
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    human uuid;
BEGIN
    PERFORM rhannu.require_board();
    SELECT u.human_id INTO human FROM rhannu.users u WHERE u.id = account;
    UPDATE rhannu.humans h SET suspended_at = suspended WHERE h.id = human;
    RETURN ARRAY(SELECT DISTINCT u.owner_agency FROM rhannu.users u WHERE u.human_id = human ORDER BY 1);
END $$ --;;

CREATE FUNCTION rhannu.agreements_seen() RETURNS SETOF rhannu.agreements
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT g.* FROM rhannu.agreements g WHERE (SELECT access.agency_for('register', 'read')) IN (g.owner_agency, g.party_agency)
$$ --;;
CREATE FUNCTION rhannu.set_agreement(agreement uuid, read_version int, standing text, at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    mine text := access.agency_for('register', 'write');
    client text;
BEGIN
    UPDATE rhannu.agreements g SET version = g.version + 1,
        suspended_at = CASE standing WHEN 'active' THEN NULL WHEN 'suspended' THEN at ELSE g.suspended_at END,
        suspended_by = CASE standing WHEN 'active' THEN NULL WHEN 'suspended' THEN mine ELSE g.suspended_by END,
        ended_at = CASE standing WHEN 'ended' THEN at END
        WHERE g.id = agreement AND g.version = read_version AND g.ended_at IS NULL
        AND mine IN (g.owner_agency, g.party_agency) RETURNING g.client_id INTO client;
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM rhannu.project_acting(client);
    RETURN true;
END $$ --;;
