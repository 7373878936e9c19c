-- +goose Up
-- No discreet activity stands in a cycle that is public.
-- +goose StatementBegin
CREATE TRIGGER needs_training_discreet BEFORE UPDATE OF training_id ON needs_cycles
WHEN (SELECT a.discreet FROM activities a WHERE a.id = NEW.training_id) = 1
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER needs_answers_discreet BEFORE INSERT ON needs_answers
WHEN (SELECT a.discreet FROM activities a WHERE a.id = NEW.activity_id) = 1
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER needs_discreet_gone AFTER UPDATE OF discreet ON activities WHEN NEW.discreet = 1
BEGIN
  DELETE FROM needs_answers WHERE activity_id = NEW.id;
  UPDATE needs_cycles SET training_id = NULL WHERE training_id = NEW.id;
END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER needs_discreet_gone; DROP TRIGGER needs_answers_discreet; DROP TRIGGER needs_training_discreet;
