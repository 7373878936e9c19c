-- +goose Up
-- What a season is counted from is fixed when wishes open, wishes when they are counted, the result when it is published;
-- it goes one step after the other, back only from a draft that nobody has edited; the log of edits only grows.
-- +goose StatementBegin
CREATE TRIGGER season_edits_no_update BEFORE UPDATE ON season_edits
WHEN 1
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER season_edits_no_delete BEFORE DELETE ON season_edits
WHEN 1
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER season_edits_draft BEFORE INSERT ON season_edits
WHEN (SELECT state FROM seasons WHERE id = NEW.season_id) <> 'draft'
BEGIN SELECT RAISE(ABORT, 'season-closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER season_wishes_insert BEFORE INSERT ON season_wishes
WHEN (SELECT state FROM seasons WHERE id = NEW.season_id) <> 'open'
BEGIN SELECT RAISE(ABORT, 'season-closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER season_members_insert BEFORE INSERT ON season_members
WHEN (SELECT state FROM seasons WHERE id = NEW.season_id) NOT IN ('preparing','open')
BEGIN SELECT RAISE(ABORT, 'season-closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER season_spaces_insert BEFORE INSERT ON season_spaces
WHEN (SELECT state FROM seasons WHERE id = NEW.season_id) <> 'preparing'
BEGIN SELECT RAISE(ABORT, 'season-fixed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER season_wishes_update BEFORE UPDATE ON season_wishes
WHEN (SELECT state FROM seasons WHERE id = NEW.season_id) <> 'open'
BEGIN SELECT RAISE(ABORT, 'season-closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER season_members_update BEFORE UPDATE ON season_members
WHEN (SELECT state FROM seasons WHERE id = NEW.season_id) NOT IN ('preparing','open')
BEGIN SELECT RAISE(ABORT, 'season-closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER season_spaces_update BEFORE UPDATE ON season_spaces
WHEN (SELECT state FROM seasons WHERE id = NEW.season_id) <> 'preparing'
BEGIN SELECT RAISE(ABORT, 'season-fixed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER season_wishes_delete BEFORE DELETE ON season_wishes
WHEN (SELECT state FROM seasons WHERE id = OLD.season_id) <> 'open'
BEGIN SELECT RAISE(ABORT, 'season-closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER season_members_delete BEFORE DELETE ON season_members
WHEN (SELECT state FROM seasons WHERE id = OLD.season_id) NOT IN ('preparing','open')
BEGIN SELECT RAISE(ABORT, 'season-closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER season_spaces_delete BEFORE DELETE ON season_spaces
WHEN (SELECT state FROM seasons WHERE id = OLD.season_id) <> 'preparing'
BEGIN SELECT RAISE(ABORT, 'season-fixed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER seasons_fixed BEFORE UPDATE ON seasons
WHEN OLD.state <> 'preparing' AND (NEW.centre_id <> OLD.centre_id OR NEW.from_date <> OLD.from_date OR NEW.to_date <> OLD.to_date OR NEW.hours <> OLD.hours
  OR NEW.criteria <> OLD.criteria OR NEW.limits <> OLD.limits OR NEW.seed <> OLD.seed)
  OR OLD.state = 'published' AND NEW.document <> OLD.document
BEGIN SELECT RAISE(ABORT, 'season-fixed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER seasons_step BEFORE UPDATE ON seasons
WHEN NEW.state <> OLD.state AND NOT (OLD.state = 'preparing' AND NEW.state = 'open' OR OLD.state = 'open' AND NEW.state = 'draft' OR OLD.state = 'draft' AND NEW.state = 'published'
  OR OLD.state = 'draft' AND NEW.state = 'open' AND NOT EXISTS (SELECT 1 FROM season_edits e WHERE e.season_id = OLD.id))
BEGIN SELECT RAISE(ABORT, 'season-step'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER seasons_delete BEFORE DELETE ON seasons
WHEN OLD.state <> 'preparing'
BEGIN SELECT RAISE(ABORT, 'season-fixed'); END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER season_edits_no_update;
DROP TRIGGER season_edits_no_delete;
DROP TRIGGER season_edits_draft;
DROP TRIGGER season_wishes_insert;
DROP TRIGGER season_members_insert;
DROP TRIGGER season_spaces_insert;
DROP TRIGGER season_wishes_update;
DROP TRIGGER season_members_update;
DROP TRIGGER season_spaces_update;
DROP TRIGGER season_wishes_delete;
DROP TRIGGER season_members_delete;
DROP TRIGGER season_spaces_delete;
DROP TRIGGER seasons_fixed;
DROP TRIGGER seasons_step;
DROP TRIGGER seasons_delete;
