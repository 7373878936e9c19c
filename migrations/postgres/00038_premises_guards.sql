-- +goose Up
-- A request goes from state to state as package premises says; what was sent stays as it was sent; its history only
-- grows; no discreet activity stands in one.
-- +goose StatementBegin
CREATE FUNCTION premises_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('prepared>sent','prepared>withdrawn','sent>granted','sent>declined','sent>withdrawn','granted>expired','granted>renewed') THEN
    RAISE EXCEPTION 'transition';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER premises_transition BEFORE UPDATE OF state ON premises_requests FOR EACH ROW EXECUTE FUNCTION premises_transition();
-- +goose StatementBegin
CREATE FUNCTION premises_as_sent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'as-sent';
END $$;
-- +goose StatementEnd
CREATE TRIGGER premises_as_sent BEFORE UPDATE OF area_id, place, address, slots, period_from, period_to, kind, about, members, volunteers, contact, results_from, results_to, sessions, recorded, minutes, came, few, counted_on ON premises_requests
FOR EACH ROW WHEN (OLD.state <> 'prepared') EXECUTE FUNCTION premises_as_sent();
CREATE TRIGGER premises_changes_append_only BEFORE UPDATE OR DELETE ON premises_changes FOR EACH ROW EXECUTE FUNCTION append_only();
-- +goose StatementBegin
CREATE FUNCTION premises_activities_discreet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT a.discreet FROM activities a WHERE a.id = NEW.activity_id) = 1 THEN
    RAISE EXCEPTION 'discreet';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER premises_activities_discreet BEFORE INSERT ON premises_activities FOR EACH ROW EXECUTE FUNCTION premises_activities_discreet();
-- +goose StatementBegin
CREATE FUNCTION premises_activities_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM premises_activities WHERE activity_id = NEW.id;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER premises_activities_gone AFTER UPDATE OF discreet ON activities FOR EACH ROW WHEN (NEW.discreet = 1) EXECUTE FUNCTION premises_activities_gone();
-- +goose Down
DROP TRIGGER premises_activities_gone ON activities; DROP FUNCTION premises_activities_gone; DROP TRIGGER premises_activities_discreet ON premises_activities; DROP FUNCTION premises_activities_discreet;
DROP TRIGGER premises_changes_append_only ON premises_changes; DROP TRIGGER premises_as_sent ON premises_requests; DROP FUNCTION premises_as_sent; DROP TRIGGER premises_transition ON premises_requests; DROP FUNCTION premises_transition;
