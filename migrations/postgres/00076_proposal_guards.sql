-- +goose Up
-- A proposal goes from state to state as package participation says, and never without a step that says who decided and why;
-- what was said stays said; no discreet activity comes of one that is public.
-- +goose StatementBegin
CREATE FUNCTION proposals_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('received>discussed','received>merged','received>withdrawn','discussed>discussed','discussed>changed','discussed>merged','discussed>split','discussed>accepted','discussed>declined','discussed>passed','discussed>withdrawn','changed>discussed','changed>changed','changed>merged','changed>split','changed>accepted','changed>declined','changed>passed','changed>withdrawn','accepted>scheduled','accepted>changed','accepted>declined','accepted>withdrawn','passed>passed','passed>discussed','passed>accepted','passed>declined','passed>withdrawn','declined>discussed','scheduled>held','scheduled>accepted') THEN
    RAISE EXCEPTION 'transition';
  END IF;
  IF NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM proposal_steps s WHERE s.proposal_id = NEW.id AND s.n = NEW.steps AND s.n > OLD.steps AND s.from_state = OLD.state AND s.to_state = NEW.state) THEN
    RAISE EXCEPTION 'unsaid';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER proposals_transition BEFORE UPDATE OF state ON proposals FOR EACH ROW EXECUTE FUNCTION proposals_transition();
CREATE TRIGGER proposal_steps_append_only BEFORE UPDATE OR DELETE ON proposal_steps FOR EACH ROW EXECUTE FUNCTION append_only();
-- +goose StatementBegin
CREATE FUNCTION proposals_discreet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT a.discreet FROM activities a WHERE a.id = NEW.activity_id) = 1 THEN
    RAISE EXCEPTION 'discreet';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER proposals_discreet BEFORE INSERT OR UPDATE OF activity_id ON proposals FOR EACH ROW EXECUTE FUNCTION proposals_discreet();
-- +goose Down
DROP TRIGGER proposals_discreet ON proposals; DROP FUNCTION proposals_discreet; DROP TRIGGER proposal_steps_append_only ON proposal_steps; DROP TRIGGER proposals_transition ON proposals; DROP FUNCTION proposals_transition;
