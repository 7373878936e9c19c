-- +goose Up
-- A round goes from state to state as package voting says. Of what was announced nothing changes; a ballot comes only into
-- an open box; ballots are written once, by the closing; results, witnesses and changes of winners only grow. The
-- keys of a box, and how many ballots were in it, change by its closing alone.
-- +goose StatementBegin
CREATE TRIGGER vote_rounds_transition BEFORE UPDATE OF state ON vote_rounds
WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('draft>announced','announced>draft','announced>open','open>closed','closed>published')
BEGIN SELECT RAISE(ABORT, 'transition'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_rounds_as_announced BEFORE UPDATE OF id, created_at, centre_id, title, about, who, means, unit, currency, budget, at_least, opens_at, closes_at, rule, utility, completion, least_published, commitment, seed, box_key ON vote_rounds
WHEN OLD.state <> 'draft'
BEGIN SELECT RAISE(ABORT, 'as-announced'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_rounds_gone BEFORE DELETE ON vote_rounds
WHEN OLD.state <> 'draft'
BEGIN SELECT RAISE(ABORT, 'as-announced'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_options_insert BEFORE INSERT ON vote_options
WHEN (SELECT r.state FROM vote_rounds r WHERE r.id = NEW.round_id) <> 'draft'
BEGIN SELECT RAISE(ABORT, 'as-announced'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_options_update BEFORE UPDATE ON vote_options
WHEN (SELECT r.state FROM vote_rounds r WHERE r.id = OLD.round_id) <> 'draft' OR (SELECT r.state FROM vote_rounds r WHERE r.id = NEW.round_id) <> 'draft'
BEGIN SELECT RAISE(ABORT, 'as-announced'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_options_delete BEFORE DELETE ON vote_options
WHEN (SELECT r.state FROM vote_rounds r WHERE r.id = OLD.round_id) <> 'draft'
BEGIN SELECT RAISE(ABORT, 'as-announced'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_box_open BEFORE INSERT ON vote_box
WHEN (SELECT r.state FROM vote_rounds r WHERE r.id = NEW.round_id) <> 'open'
BEGIN SELECT RAISE(ABORT, 'closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_box_kept BEFORE UPDATE ON vote_box
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_box_stay BEFORE DELETE ON vote_box
WHEN (SELECT r.state FROM vote_rounds r WHERE r.id = OLD.round_id) <> 'open'
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_used_open BEFORE INSERT ON vote_used
WHEN (SELECT r.state FROM vote_rounds r WHERE r.id = NEW.round_id) <> 'open'
BEGIN SELECT RAISE(ABORT, 'closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_used_kept BEFORE UPDATE ON vote_used
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_used_stay BEFORE DELETE ON vote_used
WHEN (SELECT r.state FROM vote_rounds r WHERE r.id = OLD.round_id) <> 'open'
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_ballots_open BEFORE INSERT ON vote_ballots
WHEN (SELECT r.state FROM vote_rounds r WHERE r.id = NEW.round_id) <> 'open'
BEGIN SELECT RAISE(ABORT, 'closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_ballots_kept BEFORE UPDATE ON vote_ballots
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_ballots_stay BEFORE DELETE ON vote_ballots
WHEN (SELECT r.state FROM vote_rounds r WHERE r.id = OLD.round_id) <> 'open'
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_receipts_open BEFORE INSERT ON vote_receipts
WHEN (SELECT r.state FROM vote_rounds r WHERE r.id = NEW.round_id) <> 'open'
BEGIN SELECT RAISE(ABORT, 'closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_receipts_kept BEFORE UPDATE ON vote_receipts
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_receipts_stay BEFORE DELETE ON vote_receipts
WHEN (SELECT r.state FROM vote_rounds r WHERE r.id = OLD.round_id) <> 'open'
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_results_no_update BEFORE UPDATE ON vote_results
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_results_no_delete BEFORE DELETE ON vote_results
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_changes_no_update BEFORE UPDATE ON vote_changes
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_changes_no_delete BEFORE DELETE ON vote_changes
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_rounds_counted BEFORE UPDATE OF box_secret, salt, ballots, unreadable ON vote_rounds
WHEN OLD.state <> 'draft' AND NOT (OLD.state = 'open' AND NEW.state = 'closed')
BEGIN SELECT RAISE(ABORT, 'as-announced'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_witnesses_no_update BEFORE UPDATE ON vote_witnesses
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_witnesses_no_delete BEFORE DELETE ON vote_witnesses
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_channels_no_update BEFORE UPDATE ON vote_channels
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER vote_channels_no_delete BEFORE DELETE ON vote_channels
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER vote_channels_no_delete; DROP TRIGGER vote_channels_no_update; DROP TRIGGER vote_witnesses_no_delete; DROP TRIGGER vote_witnesses_no_update; DROP TRIGGER vote_rounds_counted; DROP TRIGGER vote_changes_no_delete; DROP TRIGGER vote_changes_no_update; DROP TRIGGER vote_results_no_delete; DROP TRIGGER vote_results_no_update; DROP TRIGGER vote_receipts_stay; DROP TRIGGER vote_receipts_kept; DROP TRIGGER vote_receipts_open; DROP TRIGGER vote_ballots_stay; DROP TRIGGER vote_ballots_kept; DROP TRIGGER vote_ballots_open; DROP TRIGGER vote_used_stay; DROP TRIGGER vote_used_kept; DROP TRIGGER vote_used_open; DROP TRIGGER vote_box_stay; DROP TRIGGER vote_box_kept; DROP TRIGGER vote_box_open; DROP TRIGGER vote_options_delete; DROP TRIGGER vote_options_update; DROP TRIGGER vote_options_insert; DROP TRIGGER vote_rounds_gone; DROP TRIGGER vote_rounds_as_announced; DROP TRIGGER vote_rounds_transition;
