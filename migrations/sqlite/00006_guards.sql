-- +goose Up
-- Places taken are counted by the database, so that a session over capacity is refused by its CHECK; what discreet
-- sessions hold is nobody's name; the audit log only grows; every public change moves the counter in cache keys.
-- +goose StatementBegin
CREATE TRIGGER registrations_take AFTER INSERT ON registrations
BEGIN
  UPDATE sessions SET taken = taken + NEW.party, taken_web = taken_web + CASE WHEN NEW.channel = 'web' THEN NEW.party ELSE 0 END
    WHERE id = NEW.session_id AND NEW.state IN ('confirmed','offered');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER registrations_retake AFTER UPDATE OF state, party, session_id, channel ON registrations
BEGIN
  UPDATE sessions SET taken = taken - OLD.party, taken_web = taken_web - CASE WHEN OLD.channel = 'web' THEN OLD.party ELSE 0 END
    WHERE id = OLD.session_id AND OLD.state IN ('confirmed','offered');
  UPDATE sessions SET taken = taken + NEW.party, taken_web = taken_web + CASE WHEN NEW.channel = 'web' THEN NEW.party ELSE 0 END
    WHERE id = NEW.session_id AND NEW.state IN ('confirmed','offered');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER registrations_release AFTER DELETE ON registrations
BEGIN
  UPDATE sessions SET taken = taken - OLD.party, taken_web = taken_web - CASE WHEN OLD.channel = 'web' THEN OLD.party ELSE 0 END
    WHERE id = OLD.session_id AND OLD.state IN ('confirmed','offered');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER registrations_discreet BEFORE INSERT ON registrations
WHEN NEW.discreet <> (SELECT a.discreet FROM sessions s JOIN activities a ON a.id = s.activity_id WHERE s.id = NEW.session_id)
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER registrations_discreet_kept BEFORE UPDATE OF discreet, session_id ON registrations
WHEN NEW.discreet <> (SELECT a.discreet FROM sessions s JOIN activities a ON a.id = s.activity_id WHERE s.id = NEW.session_id)
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER activities_discreet_kept BEFORE UPDATE OF discreet ON activities
WHEN NEW.discreet <> OLD.discreet AND EXISTS (SELECT 1 FROM sessions s JOIN registrations r ON r.session_id = s.id WHERE s.activity_id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attendances_discreet BEFORE INSERT ON attendances
WHEN (SELECT a.discreet FROM sessions s JOIN activities a ON a.id = s.activity_id WHERE s.id = NEW.session_id) = 1
BEGIN SELECT RAISE(ABORT, 'discreet'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_rows_no_update BEFORE UPDATE ON audit_rows
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_rows_no_delete BEFORE DELETE ON audit_rows
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_links_no_update BEFORE UPDATE ON audit_links
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_links_no_delete BEFORE DELETE ON audit_links
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER activities_change_insert AFTER INSERT ON activities
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER activities_change_update AFTER UPDATE ON activities
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER activities_change_delete AFTER DELETE ON activities
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sessions_change_insert AFTER INSERT ON sessions
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sessions_change_update AFTER UPDATE ON sessions
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sessions_change_delete AFTER DELETE ON sessions
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER centres_change_insert AFTER INSERT ON centres
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER centres_change_update AFTER UPDATE ON centres
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER centres_change_delete AFTER DELETE ON centres
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER spaces_change_insert AFTER INSERT ON spaces
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER spaces_change_update AFTER UPDATE ON spaces
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER spaces_change_delete AFTER DELETE ON spaces
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER organisations_change_insert AFTER INSERT ON organisations
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER organisations_change_update AFTER UPDATE ON organisations
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER organisations_change_delete AFTER DELETE ON organisations
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER areas_change_insert AFTER INSERT ON areas
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER areas_change_update AFTER UPDATE ON areas
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER areas_change_delete AFTER DELETE ON areas
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER networks_change_insert AFTER INSERT ON networks
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER networks_change_update AFTER UPDATE ON networks
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER networks_change_delete AFTER DELETE ON networks
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER groups_change_insert AFTER INSERT ON groups
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER groups_change_update AFTER UPDATE ON groups
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER groups_change_delete AFTER DELETE ON groups
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER closures_change_insert AFTER INSERT ON closures
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER closures_change_update AFTER UPDATE ON closures
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER closures_change_delete AFTER DELETE ON closures
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER pictures_change_insert AFTER INSERT ON pictures
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER pictures_change_update AFTER UPDATE ON pictures
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER pictures_change_delete AFTER DELETE ON pictures
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
END;
-- +goose StatementEnd
-- +goose Down
SELECT 1;
