-- +goose Up
-- A request goes from state to state as package premises says; what was sent stays as it was sent; its history only
-- grows; no discreet activity stands in one.
-- +goose StatementBegin
CREATE TRIGGER premises_transition BEFORE UPDATE OF state ON premises_requests
WHEN NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('prepared>sent','prepared>withdrawn','sent>granted','sent>declined','sent>withdrawn','granted>expired','granted>renewed')
BEGIN SELECT RAISE(ABORT, 'transition'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER premises_as_sent BEFORE UPDATE OF area_id, place, address, slots, period_from, period_to, kind, about, members, volunteers, contact, results_from, results_to, sessions, recorded, minutes, came, few, counted_on ON premises_requests
WHEN OLD.state <> 'prepared'
BEGIN SELECT RAISE(ABORT, 'as-sent'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER premises_changes_no_update BEFORE UPDATE ON premises_changes
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER premises_changes_no_delete BEFORE DELETE ON premises_changes
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER premises_activities_discreet BEFORE INSERT ON premises_activities
WHEN (SELECT a.discreet FROM activities a WHERE a.id = NEW.activity_id) = 1
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER premises_activities_gone AFTER UPDATE OF discreet ON activities WHEN NEW.discreet = 1
BEGIN DELETE FROM premises_activities WHERE activity_id = NEW.id; END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER premises_activities_gone; DROP TRIGGER premises_activities_discreet; DROP TRIGGER premises_changes_no_delete; DROP TRIGGER premises_changes_no_update; DROP TRIGGER premises_as_sent; DROP TRIGGER premises_transition;
