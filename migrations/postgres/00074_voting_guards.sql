-- +goose Up
-- A round goes from state to state as package voting says. Of what was announced nothing changes; a ballot comes only into
-- an open box; ballots are written once, by the closing; results, witnesses and changes of winners only grow. The
-- keys of a box, and how many ballots were in it, change by its closing alone.
-- +goose StatementBegin
CREATE FUNCTION vote_rounds_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ('draft>announced','announced>draft','announced>open','open>closed','closed>published') THEN
    RAISE EXCEPTION 'transition';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER vote_rounds_transition BEFORE UPDATE OF state ON vote_rounds FOR EACH ROW EXECUTE FUNCTION vote_rounds_transition();
-- +goose StatementBegin
CREATE FUNCTION vote_as_announced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'as-announced';
END $$;
-- +goose StatementEnd
CREATE TRIGGER vote_rounds_as_announced BEFORE UPDATE OF id, created_at, centre_id, title, about, who, means, unit, currency, budget, at_least, opens_at, closes_at, rule, utility, completion, least_published, commitment, seed, box_key ON vote_rounds FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION vote_as_announced();
CREATE TRIGGER vote_rounds_gone BEFORE DELETE ON vote_rounds FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION vote_as_announced();
-- +goose StatementBegin
CREATE FUNCTION vote_options_as_announced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND (SELECT r.state FROM vote_rounds r WHERE r.id = OLD.round_id) <> 'draft' THEN
    RAISE EXCEPTION 'as-announced';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF (SELECT r.state FROM vote_rounds r WHERE r.id = NEW.round_id) <> 'draft' THEN
    RAISE EXCEPTION 'as-announced';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER vote_options_as_announced BEFORE INSERT OR UPDATE OR DELETE ON vote_options FOR EACH ROW EXECUTE FUNCTION vote_options_as_announced();
-- +goose StatementBegin
CREATE FUNCTION vote_box_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION 'append-only';
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF (SELECT r.state FROM vote_rounds r WHERE r.id = OLD.round_id) <> 'open' THEN
      RAISE EXCEPTION 'append-only';
    END IF;
    RETURN OLD;
  END IF;
  IF (SELECT r.state FROM vote_rounds r WHERE r.id = NEW.round_id) <> 'open' THEN
    RAISE EXCEPTION 'closed';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER vote_box_open BEFORE INSERT OR UPDATE OR DELETE ON vote_box FOR EACH ROW EXECUTE FUNCTION vote_box_open();
CREATE TRIGGER vote_used_open BEFORE INSERT OR UPDATE OR DELETE ON vote_used FOR EACH ROW EXECUTE FUNCTION vote_box_open();
CREATE TRIGGER vote_ballots_open BEFORE INSERT OR UPDATE OR DELETE ON vote_ballots FOR EACH ROW EXECUTE FUNCTION vote_box_open();
CREATE TRIGGER vote_receipts_open BEFORE INSERT OR UPDATE OR DELETE ON vote_receipts FOR EACH ROW EXECUTE FUNCTION vote_box_open();
CREATE TRIGGER vote_results_append_only BEFORE UPDATE OR DELETE ON vote_results FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER vote_changes_append_only BEFORE UPDATE OR DELETE ON vote_changes FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER vote_rounds_counted BEFORE UPDATE OF box_secret, salt, ballots, unreadable ON vote_rounds FOR EACH ROW WHEN (OLD.state <> 'draft' AND NOT (OLD.state = 'open' AND NEW.state = 'closed')) EXECUTE FUNCTION vote_as_announced();
CREATE TRIGGER vote_witnesses_append_only BEFORE UPDATE OR DELETE ON vote_witnesses FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER vote_channels_append_only BEFORE UPDATE OR DELETE ON vote_channels FOR EACH ROW EXECUTE FUNCTION append_only();
-- The statistics of a column are a sample of its values, which no cleaning takes out: none of what goes at closing.
ALTER TABLE vote_rounds ALTER COLUMN salt SET STATISTICS 0, ALTER COLUMN box_secret SET STATISTICS 0, ALTER COLUMN seed SET STATISTICS 0;
ALTER TABLE vote_codes ALTER COLUMN hash SET STATISTICS 0;
ALTER TABLE vote_mailed ALTER COLUMN hash SET STATISTICS 0;
ALTER TABLE vote_used ALTER COLUMN hash SET STATISTICS 0;
ALTER TABLE vote_box ALTER COLUMN id SET STATISTICS 0, ALTER COLUMN sealed SET STATISTICS 0;
-- +goose Down
DROP TRIGGER vote_channels_append_only ON vote_channels; DROP TRIGGER vote_witnesses_append_only ON vote_witnesses; DROP TRIGGER vote_rounds_counted ON vote_rounds; DROP TRIGGER vote_changes_append_only ON vote_changes; DROP TRIGGER vote_results_append_only ON vote_results; DROP TRIGGER vote_receipts_open ON vote_receipts; DROP TRIGGER vote_ballots_open ON vote_ballots; DROP TRIGGER vote_used_open ON vote_used; DROP TRIGGER vote_box_open ON vote_box; DROP TRIGGER vote_options_as_announced ON vote_options; DROP TRIGGER vote_rounds_gone ON vote_rounds; DROP TRIGGER vote_rounds_as_announced ON vote_rounds; DROP TRIGGER vote_rounds_transition ON vote_rounds;
DROP FUNCTION vote_box_open; DROP FUNCTION vote_options_as_announced; DROP FUNCTION vote_as_announced; DROP FUNCTION vote_rounds_transition;
