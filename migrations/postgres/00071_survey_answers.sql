-- +goose Up
-- Rows lie in the order in which they came until they are written anew in a random one, at closing.
CREATE TABLE survey_answers (
  id TEXT PRIMARY KEY,
  survey_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  body TEXT NOT NULL,                     -- JSON: name of question to answer; no marked ones and no words
  FOREIGN KEY (survey_id, number) REFERENCES survey_versions (survey_id, number)
);
CREATE INDEX survey_answers_survey ON survey_answers (survey_id, number, id);
CREATE TABLE survey_words (               -- what people wrote, each for itself
  id TEXT PRIMARY KEY,
  survey_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  question TEXT NOT NULL,
  words TEXT NOT NULL,
  FOREIGN KEY (survey_id, number) REFERENCES survey_versions (survey_id, number)
);
CREATE INDEX survey_words_survey ON survey_words (survey_id, number, question, id);
-- +goose StatementBegin
CREATE FUNCTION survey_answers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN RAISE EXCEPTION 'append-only' USING ERRCODE = 'P0001'; END IF;
  IF NOT EXISTS (SELECT 1 FROM surveys WHERE id = NEW.survey_id AND state = 'open') THEN
    RAISE EXCEPTION 'survey closed' USING ERRCODE = 'P0001';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER survey_answers_open BEFORE INSERT OR UPDATE ON survey_answers FOR EACH ROW EXECUTE FUNCTION survey_answers_guard();
CREATE TRIGGER surveys_change AFTER UPDATE OF state, shown, title, opens_on, closes_on ON surveys FOR EACH STATEMENT EXECUTE FUNCTION public_change();
-- +goose Down
DROP TRIGGER surveys_change ON surveys; DROP TABLE survey_words; DROP TABLE survey_answers; DROP FUNCTION survey_answers_guard();
