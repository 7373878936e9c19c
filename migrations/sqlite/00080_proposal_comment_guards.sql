-- +goose Up
-- What is merged or split may still be withdrawn by who proposed it. A comment shows after somebody decided about it, and its
-- words change in one way only: they go.
DROP TRIGGER proposals_transition; DROP TRIGGER proposals_unsaid;
-- +goose StatementBegin
CREATE TRIGGER proposals_transition BEFORE UPDATE OF state ON proposals
WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('received>discussed','received>merged','received>withdrawn','discussed>discussed','discussed>changed','discussed>merged','discussed>split','discussed>accepted','discussed>declined','discussed>passed','discussed>withdrawn','changed>discussed','changed>changed','changed>merged','changed>split','changed>accepted','changed>declined','changed>passed','changed>withdrawn','accepted>scheduled','accepted>changed','accepted>declined','accepted>withdrawn','merged>withdrawn','split>withdrawn','passed>passed','passed>discussed','passed>accepted','passed>declined','passed>withdrawn','declined>discussed','scheduled>held','scheduled>accepted')
BEGIN SELECT RAISE(ABORT, 'transition'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposals_unsaid BEFORE UPDATE OF state ON proposals
WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state IN ('received>discussed','received>merged','received>withdrawn','discussed>discussed','discussed>changed','discussed>merged','discussed>split','discussed>accepted','discussed>declined','discussed>passed','discussed>withdrawn','changed>discussed','changed>changed','changed>merged','changed>split','changed>accepted','changed>declined','changed>passed','changed>withdrawn','accepted>scheduled','accepted>changed','accepted>declined','accepted>withdrawn','merged>withdrawn','split>withdrawn','passed>passed','passed>discussed','passed>accepted','passed>declined','passed>withdrawn','declined>discussed','scheduled>held','scheduled>accepted')
 AND NOT EXISTS (SELECT 1 FROM proposal_steps s WHERE s.proposal_id = NEW.id AND s.n = NEW.steps AND s.n > OLD.steps AND s.from_state = OLD.state AND s.to_state = NEW.state)
BEGIN SELECT RAISE(ABORT, 'unsaid'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposal_comments_transition BEFORE UPDATE OF state ON proposal_comments
WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('waiting>shown','waiting>refused','waiting>down','shown>down','refused>shown','down>shown')
BEGIN SELECT RAISE(ABORT, 'transition'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposal_comments_words BEFORE UPDATE OF words ON proposal_comments
WHEN NEW.words <> OLD.words AND NEW.words <> ''
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER proposal_comments_words; DROP TRIGGER proposal_comments_transition;
DROP TRIGGER proposals_transition; DROP TRIGGER proposals_unsaid;
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
