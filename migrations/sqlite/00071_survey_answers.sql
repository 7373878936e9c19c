-- +goose Up
-- Rows lie in the order of their random ids, which tells nothing of the order in which they came.
CREATE TABLE survey_answers (
  id TEXT PRIMARY KEY,
  survey_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  body TEXT NOT NULL,                     -- JSON: name of question to answer; no marked ones and no words
  FOREIGN KEY (survey_id, number) REFERENCES survey_versions (survey_id, number)
) WITHOUT ROWID;
CREATE INDEX survey_answers_survey ON survey_answers (survey_id, number, id);
CREATE TABLE survey_words (               -- what people wrote, each for itself
  id TEXT PRIMARY KEY,
  survey_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  question TEXT NOT NULL,
  words TEXT NOT NULL,
  FOREIGN KEY (survey_id, number) REFERENCES survey_versions (survey_id, number)
) WITHOUT ROWID;
CREATE INDEX survey_words_survey ON survey_words (survey_id, number, question, id);
-- +goose StatementBegin
CREATE TRIGGER survey_answers_open BEFORE INSERT ON survey_answers
BEGIN
  SELECT RAISE(ABORT, 'survey closed') WHERE NOT EXISTS (SELECT 1 FROM surveys WHERE id = NEW.survey_id AND state = 'open');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER survey_answers_kept BEFORE UPDATE ON survey_answers BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER surveys_public AFTER UPDATE OF state, shown, title, opens_on, closes_on ON surveys BEGIN UPDATE change_counters SET n = n + 1 WHERE scope = 'public'; END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER surveys_public; DROP TABLE survey_words; DROP TABLE survey_answers;
