-- +goose Up
-- Places taken are counted by the database, so that a session over capacity is refused by its CHECK; what discreet
-- sessions hold is nobody's name; the audit log only grows; every public change moves the counter in cache keys.
-- +goose StatementBegin
CREATE FUNCTION registrations_take() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.state IN ('confirmed','offered') THEN
    UPDATE sessions SET taken = taken - OLD.party, taken_web = taken_web - CASE WHEN OLD.channel = 'web' THEN OLD.party ELSE 0 END WHERE id = OLD.session_id;
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.state IN ('confirmed','offered') THEN
    UPDATE sessions SET taken = taken + NEW.party, taken_web = taken_web + CASE WHEN NEW.channel = 'web' THEN NEW.party ELSE 0 END WHERE id = NEW.session_id;
  END IF;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER registrations_take AFTER INSERT OR DELETE OR UPDATE OF state, party, session_id, channel ON registrations FOR EACH ROW EXECUTE FUNCTION registrations_take();
-- +goose StatementBegin
CREATE FUNCTION registrations_discreet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.discreet <> (SELECT a.discreet FROM sessions s JOIN activities a ON a.id = s.activity_id WHERE s.id = NEW.session_id) THEN
    RAISE EXCEPTION 'discreet';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER registrations_discreet BEFORE INSERT OR UPDATE OF discreet, session_id ON registrations FOR EACH ROW EXECUTE FUNCTION registrations_discreet();
-- +goose StatementBegin
CREATE FUNCTION activities_discreet_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.discreet <> OLD.discreet AND EXISTS (SELECT 1 FROM sessions s JOIN registrations r ON r.session_id = s.id WHERE s.activity_id = NEW.id) THEN
    RAISE EXCEPTION 'discreet';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER activities_discreet_kept BEFORE UPDATE OF discreet ON activities FOR EACH ROW EXECUTE FUNCTION activities_discreet_kept();
-- +goose StatementBegin
CREATE FUNCTION attendances_discreet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT a.discreet FROM sessions s JOIN activities a ON a.id = s.activity_id WHERE s.id = NEW.session_id) = 1 THEN
    RAISE EXCEPTION 'discreet';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER attendances_discreet BEFORE INSERT OR UPDATE ON attendances FOR EACH ROW EXECUTE FUNCTION attendances_discreet();
-- +goose StatementBegin
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_rows_append_only BEFORE UPDATE OR DELETE ON audit_rows FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_links_append_only BEFORE UPDATE OR DELETE ON audit_links FOR EACH ROW EXECUTE FUNCTION append_only();
-- +goose StatementBegin
CREATE FUNCTION public_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE change_counters SET n = n + 1 WHERE scope = 'public';
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER activities_change AFTER INSERT OR UPDATE OR DELETE ON activities FOR EACH STATEMENT EXECUTE FUNCTION public_change();
CREATE TRIGGER sessions_change AFTER INSERT OR UPDATE OR DELETE ON sessions FOR EACH STATEMENT EXECUTE FUNCTION public_change();
CREATE TRIGGER centres_change AFTER INSERT OR UPDATE OR DELETE ON centres FOR EACH STATEMENT EXECUTE FUNCTION public_change();
CREATE TRIGGER spaces_change AFTER INSERT OR UPDATE OR DELETE ON spaces FOR EACH STATEMENT EXECUTE FUNCTION public_change();
CREATE TRIGGER organisations_change AFTER INSERT OR UPDATE OR DELETE ON organisations FOR EACH STATEMENT EXECUTE FUNCTION public_change();
CREATE TRIGGER areas_change AFTER INSERT OR UPDATE OR DELETE ON areas FOR EACH STATEMENT EXECUTE FUNCTION public_change();
CREATE TRIGGER networks_change AFTER INSERT OR UPDATE OR DELETE ON networks FOR EACH STATEMENT EXECUTE FUNCTION public_change();
CREATE TRIGGER groups_change AFTER INSERT OR UPDATE OR DELETE ON groups FOR EACH STATEMENT EXECUTE FUNCTION public_change();
CREATE TRIGGER closures_change AFTER INSERT OR UPDATE OR DELETE ON closures FOR EACH STATEMENT EXECUTE FUNCTION public_change();
CREATE TRIGGER pictures_change AFTER INSERT OR UPDATE OR DELETE ON pictures FOR EACH STATEMENT EXECUTE FUNCTION public_change();
-- +goose Down
SELECT 1;
