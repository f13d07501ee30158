-- The functions that revision 0010 replaces, as revisions 0002 and 0004 made them: to the letter, indentation
-- included, so that going back leaves what was there.
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
            JOIN rhannu.user_roles r ON r.user_id = u.id AND r.owner_agency = acting.code
                AND r.valid_from <= now() AND (r.valid_to IS NULL OR r.valid_to > now())
            WHERE c.id = claim[1] AND c.owner_agency = claim[2] AND c.suspended_at IS NULL
                AND (claim[3] = c.owner_agency OR claim[3] = ANY (c.acting_for))
            GROUP BY u.human_id, u.is_team, c.scopes
        $$ --;;

        DROP FUNCTION access.client_keys(text) --;;
        CREATE FUNCTION access.client_keys(client text)
            RETURNS TABLE (agency text, key_set jsonb, key_set_url text, scopes text[])
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
            SELECT c.owner_agency, c.key_set, c.key_set_url, c.scopes FROM rhannu.clients c
            JOIN rhannu.agencies a ON a.code = c.owner_agency AND a.suspended_at IS NULL
            WHERE c.id = client AND c.suspended_at IS NULL
        $$ --;;

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
