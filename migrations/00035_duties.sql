-- +goose Up
CREATE TABLE duties (                     -- who opens and who closes a centre: by weekday, and otherwise on single days
  centre_id TEXT NOT NULL REFERENCES centres(id) ON DELETE CASCADE,
  day TEXT NOT NULL CHECK (day IN ('1','2','3','4','5','6','7') OR length(day) = 10), -- Monday is 1; or a local date
  what TEXT NOT NULL CHECK (what IN ('opens','closes')),
  account_id TEXT REFERENCES accounts(id) ON DELETE CASCADE, -- none, on a date: nobody on that day
  clock TEXT NOT NULL DEFAULT '' CHECK (clock = '' OR length(clock) = 5), -- wall time; empty: with the centre's hours
  PRIMARY KEY (centre_id, day, what),
  CHECK (account_id IS NOT NULL OR length(day) = 10)
);
-- +goose Down
DROP TABLE duties;
