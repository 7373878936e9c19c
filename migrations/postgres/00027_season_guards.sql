-- +goose Up
-- What a season is counted from is fixed when wishes open, wishes when they are counted, the result when it is published;
-- it goes one step after the other, back only from a draft that nobody has edited; the log of edits only grows.
-- +goose StatementBegin
CREATE FUNCTION season_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  s TEXT;
  now_in TEXT;
BEGIN
  s := CASE WHEN TG_OP = 'DELETE' THEN OLD.season_id ELSE NEW.season_id END;
  SELECT state INTO now_in FROM seasons WHERE id = s FOR SHARE;
  IF TG_TABLE_NAME = 'season_edits' AND now_in <> 'draft' OR TG_TABLE_NAME = 'season_wishes' AND now_in <> 'open'
    OR TG_TABLE_NAME = 'season_members' AND now_in NOT IN ('preparing','open') THEN
    RAISE EXCEPTION 'season-closed';
  END IF;
  IF TG_TABLE_NAME = 'season_spaces' AND now_in <> 'preparing' THEN
    RAISE EXCEPTION 'season-fixed';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
-- +goose StatementEnd
CREATE TRIGGER season_edits_append_only BEFORE UPDATE OR DELETE ON season_edits FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER season_edits_draft BEFORE INSERT ON season_edits FOR EACH ROW EXECUTE FUNCTION season_rows();
CREATE TRIGGER season_wishes_open BEFORE INSERT OR UPDATE OR DELETE ON season_wishes FOR EACH ROW EXECUTE FUNCTION season_rows();
CREATE TRIGGER season_members_open BEFORE INSERT OR UPDATE OR DELETE ON season_members FOR EACH ROW EXECUTE FUNCTION season_rows();
CREATE TRIGGER season_spaces_fixed BEFORE INSERT OR UPDATE OR DELETE ON season_spaces FOR EACH ROW EXECUTE FUNCTION season_rows();
-- +goose StatementBegin
CREATE FUNCTION seasons_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.state <> 'preparing' THEN
      RAISE EXCEPTION 'season-fixed';
    END IF;
    RETURN OLD;
  END IF;
  IF OLD.state <> 'preparing' AND (NEW.centre_id <> OLD.centre_id OR NEW.from_date <> OLD.from_date OR NEW.to_date <> OLD.to_date OR NEW.hours <> OLD.hours
    OR NEW.criteria <> OLD.criteria OR NEW.limits <> OLD.limits OR NEW.seed <> OLD.seed)
    OR OLD.state = 'published' AND NEW.document <> OLD.document THEN
    RAISE EXCEPTION 'season-fixed';
  END IF;
  IF NEW.state <> OLD.state AND NOT (OLD.state = 'preparing' AND NEW.state = 'open' OR OLD.state = 'open' AND NEW.state = 'draft' OR OLD.state = 'draft' AND NEW.state = 'published'
    OR OLD.state = 'draft' AND NEW.state = 'open' AND NOT EXISTS (SELECT 1 FROM season_edits e WHERE e.season_id = OLD.id)) THEN
    RAISE EXCEPTION 'season-step';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER seasons_step BEFORE UPDATE OR DELETE ON seasons FOR EACH ROW EXECUTE FUNCTION seasons_step();
-- +goose Down
DROP TRIGGER seasons_step ON seasons; DROP FUNCTION seasons_step;
DROP TRIGGER season_edits_append_only ON season_edits; DROP TRIGGER season_edits_draft ON season_edits; DROP TRIGGER season_wishes_open ON season_wishes;
DROP TRIGGER season_members_open ON season_members; DROP TRIGGER season_spaces_fixed ON season_spaces; DROP FUNCTION season_rows;
