-- +goose Up
-- A proposal goes from state to state as package participation says, and never without a step that says who decided and why;
-- what was said stays said; no discreet activity comes of one that is public.
-- +goose StatementBegin
CREATE TRIGGER proposals_transition BEFORE UPDATE OF state ON proposals
WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('received>discussed','received>merged','received>withdrawn','discussed>discussed','discussed>changed','discussed>merged','discussed>split','discussed>accepted','discussed>declined','discussed>passed','discussed>withdrawn','changed>discussed','changed>changed','changed>merged','changed>split','changed>accepted','changed>declined','changed>passed','changed>withdrawn','accepted>scheduled','accepted>changed','accepted>declined','accepted>withdrawn','passed>passed','passed>discussed','passed>accepted','passed>declined','passed>withdrawn','declined>discussed','scheduled>held','scheduled>accepted')
BEGIN SELECT RAISE(ABORT, 'transition'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposals_unsaid BEFORE UPDATE OF state ON proposals
WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state IN ('received>discussed','received>merged','received>withdrawn','discussed>discussed','discussed>changed','discussed>merged','discussed>split','discussed>accepted','discussed>declined','discussed>passed','discussed>withdrawn','changed>discussed','changed>changed','changed>merged','changed>split','changed>accepted','changed>declined','changed>passed','changed>withdrawn','accepted>scheduled','accepted>changed','accepted>declined','accepted>withdrawn','passed>passed','passed>discussed','passed>accepted','passed>declined','passed>withdrawn','declined>discussed','scheduled>held','scheduled>accepted')
 AND NOT EXISTS (SELECT 1 FROM proposal_steps s WHERE s.proposal_id = NEW.id AND s.n = NEW.steps AND s.n > OLD.steps AND s.from_state = OLD.state AND s.to_state = NEW.state)
BEGIN SELECT RAISE(ABORT, 'unsaid'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposal_steps_no_update BEFORE UPDATE ON proposal_steps
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposal_steps_no_delete BEFORE DELETE ON proposal_steps
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposals_discreet_new BEFORE INSERT ON proposals
WHEN (SELECT a.discreet FROM activities a WHERE a.id = NEW.activity_id) = 1
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposals_discreet BEFORE UPDATE OF activity_id ON proposals
WHEN (SELECT a.discreet FROM activities a WHERE a.id = NEW.activity_id) = 1
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER proposals_discreet; DROP TRIGGER proposals_discreet_new; DROP TRIGGER proposal_steps_no_delete; DROP TRIGGER proposal_steps_no_update; DROP TRIGGER proposals_unsaid; DROP TRIGGER proposals_transition;
