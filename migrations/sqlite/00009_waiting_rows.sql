-- +goose Up
-- Rows in no chain yet are listed apart, so that chaining reads what is new and not the whole log. An activity whose
-- sessions hold names or totals of people cannot become discreet, whichever way the names came.
CREATE TABLE audit_waiting (
  row_id TEXT PRIMARY KEY REFERENCES audit_rows(id)
) WITHOUT ROWID;
INSERT INTO audit_waiting (row_id) SELECT r.id FROM audit_rows r LEFT JOIN audit_links l ON l.row_id = r.id WHERE l.row_id IS NULL;
-- +goose StatementBegin
CREATE TRIGGER audit_rows_wait AFTER INSERT ON audit_rows
BEGIN
  INSERT INTO audit_waiting (row_id) VALUES (NEW.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_links_served AFTER INSERT ON audit_links
BEGIN
  DELETE FROM audit_waiting WHERE row_id = NEW.row_id;
END;
-- +goose StatementEnd
DROP TRIGGER activities_discreet_kept;
-- +goose StatementBegin
CREATE TRIGGER activities_discreet_kept BEFORE UPDATE OF discreet ON activities
WHEN NEW.discreet <> OLD.discreet AND (EXISTS (SELECT 1 FROM sessions s JOIN registrations r ON r.session_id = s.id WHERE s.activity_id = NEW.id)
  OR EXISTS (SELECT 1 FROM sessions s JOIN attendances t ON t.session_id = s.id WHERE s.activity_id = NEW.id)
  OR EXISTS (SELECT 1 FROM group_totals g WHERE g.activity_id = NEW.id))
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER audit_links_served; DROP TRIGGER audit_rows_wait; DROP TABLE audit_waiting;
