-- +goose Up
-- A discreet activity has no photos and no files, whichever came first; what a public page shows moves the counter of the cache.
-- +goose StatementBegin
CREATE TRIGGER materials_discreet BEFORE INSERT ON materials
WHEN (SELECT discreet FROM activities WHERE id = NEW.activity_id) = 1
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER materials_discreet_kept BEFORE UPDATE OF activity_id ON materials
WHEN (SELECT discreet FROM activities WHERE id = NEW.activity_id) = 1
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER activities_materials BEFORE UPDATE OF discreet ON activities
WHEN NEW.discreet = 1 AND EXISTS (SELECT 1 FROM materials m WHERE m.activity_id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'materials'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER materials_change_insert AFTER INSERT ON materials
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER materials_change_update AFTER UPDATE ON materials
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER materials_change_delete AFTER DELETE ON materials
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER materials_change_delete; DROP TRIGGER materials_change_update; DROP TRIGGER materials_change_insert;
DROP TRIGGER activities_materials; DROP TRIGGER materials_discreet_kept; DROP TRIGGER materials_discreet;
