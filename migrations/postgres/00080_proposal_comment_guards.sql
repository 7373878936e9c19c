-- +goose Up
-- What is merged or split may still be withdrawn by who proposed it. A comment shows after somebody decided about it, and its
-- words change in one way only: they go.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION proposals_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('received>discussed','received>merged','received>withdrawn','discussed>discussed','discussed>changed','discussed>merged','discussed>split','discussed>accepted','discussed>declined','discussed>passed','discussed>withdrawn','changed>discussed','changed>changed','changed>merged','changed>split','changed>accepted','changed>declined','changed>passed','changed>withdrawn','accepted>scheduled','accepted>changed','accepted>declined','accepted>withdrawn','merged>withdrawn','split>withdrawn','passed>passed','passed>discussed','passed>accepted','passed>declined','passed>withdrawn','declined>discussed','scheduled>held','scheduled>accepted') THEN
    RAISE EXCEPTION 'transition';
  END IF;
  IF NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM proposal_steps s WHERE s.proposal_id = NEW.id AND s.n = NEW.steps AND s.n > OLD.steps AND s.from_state = OLD.state AND s.to_state = NEW.state) THEN
    RAISE EXCEPTION 'unsaid';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION proposal_comments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('waiting>shown','waiting>refused','waiting>down','shown>down','refused>shown','down>shown') THEN
    RAISE EXCEPTION 'transition';
  END IF;
  IF NEW.words <> OLD.words AND NEW.words <> '' THEN
    RAISE EXCEPTION 'append-only';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER proposal_comments_guard BEFORE UPDATE ON proposal_comments FOR EACH ROW EXECUTE FUNCTION proposal_comments_guard();
-- +goose Down
DROP TRIGGER proposal_comments_guard ON proposal_comments; DROP FUNCTION proposal_comments_guard;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION proposals_transition() RETURNS trigger LANGUAGE plpgsql AS $$
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
