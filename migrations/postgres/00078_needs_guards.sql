-- +goose Up
-- No discreet activity stands in a cycle that is public.
-- +goose StatementBegin
CREATE FUNCTION needs_training_discreet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT a.discreet FROM activities a WHERE a.id = NEW.training_id) = 1 THEN
    RAISE EXCEPTION 'discreet';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER needs_training_discreet BEFORE UPDATE OF training_id ON needs_cycles FOR EACH ROW EXECUTE FUNCTION needs_training_discreet();
-- +goose StatementBegin
CREATE FUNCTION needs_answers_discreet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT a.discreet FROM activities a WHERE a.id = NEW.activity_id) = 1 THEN
    RAISE EXCEPTION 'discreet';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER needs_answers_discreet BEFORE INSERT ON needs_answers FOR EACH ROW EXECUTE FUNCTION needs_answers_discreet();
-- +goose StatementBegin
CREATE FUNCTION needs_discreet_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM needs_answers WHERE activity_id = NEW.id;
  UPDATE needs_cycles SET training_id = NULL WHERE training_id = NEW.id;
  RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER needs_discreet_gone AFTER UPDATE OF discreet ON activities FOR EACH ROW WHEN (NEW.discreet = 1) EXECUTE FUNCTION needs_discreet_gone();
-- +goose Down
DROP TRIGGER needs_discreet_gone ON activities; DROP FUNCTION needs_discreet_gone; DROP TRIGGER needs_answers_discreet ON needs_answers; DROP FUNCTION needs_answers_discreet;
DROP TRIGGER needs_training_discreet ON needs_cycles; DROP FUNCTION needs_training_discreet;
