-- +goose Up
-- Rows in no chain yet are listed apart, so that chaining reads what is new and not the whole log. An activity whose
-- sessions hold names or totals of people cannot become discreet, whichever way the names came.
CREATE TABLE audit_waiting (
  row_id TEXT PRIMARY KEY REFERENCES audit_rows(id)
);
INSERT INTO audit_waiting (row_id) SELECT r.id FROM audit_rows r LEFT JOIN audit_links l ON l.row_id = r.id WHERE l.row_id IS NULL;
-- +goose StatementBegin
CREATE FUNCTION audit_rows_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_waiting (row_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_rows_wait AFTER INSERT ON audit_rows FOR EACH ROW EXECUTE FUNCTION audit_rows_wait();
-- +goose StatementBegin
CREATE FUNCTION audit_links_served() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM audit_waiting WHERE row_id = NEW.row_id;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_links_served AFTER INSERT ON audit_links FOR EACH ROW EXECUTE FUNCTION audit_links_served();
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION activities_discreet_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.discreet <> OLD.discreet AND (EXISTS (SELECT 1 FROM sessions s JOIN registrations r ON r.session_id = s.id WHERE s.activity_id = NEW.id)
    OR EXISTS (SELECT 1 FROM sessions s JOIN attendances t ON t.session_id = s.id WHERE s.activity_id = NEW.id)
    OR EXISTS (SELECT 1 FROM group_totals g WHERE g.activity_id = NEW.id)) THEN
    RAISE EXCEPTION 'discreet';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER audit_links_served ON audit_links; DROP TRIGGER audit_rows_wait ON audit_rows;
DROP FUNCTION audit_links_served; DROP FUNCTION audit_rows_wait; DROP TABLE audit_waiting;
