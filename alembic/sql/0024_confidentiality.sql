-- What the agency agreed with a family not to pass on (G-4.2-1): its own, and nobody else learns that there is any.
CREATE TABLE rhannu.confidentiality_terms (
    id uuid PRIMARY KEY,
    owner_agency text NOT NULL REFERENCES rhannu.agencies,
    record_id uuid NOT NULL REFERENCES rhannu.person_records,
    version integer NOT NULL CHECK (version > 0),
    state text NOT NULL,
    review_on date NOT NULL,
    agreed_at timestamptz NOT NULL,
    content jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid NOT NULL
) --;;
CREATE INDEX ix_confidentiality_terms_owner ON rhannu.confidentiality_terms (owner_agency) --;;
CREATE INDEX ix_confidentiality_terms_record ON rhannu.confidentiality_terms (record_id) --;;
CREATE TABLE rhannu.confidentiality_term_versions (
    terms_id uuid NOT NULL REFERENCES rhannu.confidentiality_terms,
    version integer NOT NULL,
    owner_agency text NOT NULL REFERENCES rhannu.agencies,
    state text NOT NULL,
    content jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid NOT NULL,
    PRIMARY KEY (terms_id, version)
) --;;
CREATE INDEX ix_confidentiality_term_versions_owner ON rhannu.confidentiality_term_versions (owner_agency) --;;

-- Each time something was given in spite of the terms. It stands apart from the disclosure, which the recipient reads.
CREATE TABLE rhannu.confidentiality_overrides (
    id uuid PRIMARY KEY,
    owner_agency text NOT NULL REFERENCES rhannu.agencies,
    terms_id uuid NOT NULL REFERENCES rhannu.confidentiality_terms,
    target text NOT NULL,
    target_id uuid NOT NULL,
    content jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid NOT NULL
) --;;
CREATE INDEX ix_confidentiality_overrides_owner ON rhannu.confidentiality_overrides (owner_agency) --;;
CREATE INDEX ix_confidentiality_overrides_terms ON rhannu.confidentiality_overrides (terms_id) --;;
CREATE INDEX ix_confidentiality_overrides_target ON rhannu.confidentiality_overrides (target_id) --;;

INSERT INTO access.reach SELECT kind, role, writes FROM (VALUES
    ('confidentiality', '{practitioner,line-manager,safeguarding-lead}'::text[], true),
    ('confidentiality', '{duty-manager,duty-desk,mash-duty,spoc,flag-decision-maker}', false),
    ('overrides', '{safeguarding-lead,flag-decision-maker}', true),
    ('overrides', '{practitioner,line-manager,duty-manager,duty-desk,mash-duty,spoc,dpo-ig}', false)
) given(kind, roles, writes), unnest(roles) role --;;
