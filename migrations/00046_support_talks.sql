-- +goose Up
CREATE TABLE support_talks (              -- short talks: how many, and nothing else of them
  centre_id TEXT NOT NULL REFERENCES centres(id) ON DELETE CASCADE,
  month TEXT NOT NULL CHECK (length(month) = 7),
  topic TEXT NOT NULL,                    -- code of the network's topics; empty: none said
  n INTEGER NOT NULL CHECK (n > 0),
  PRIMARY KEY (centre_id, month, topic)
);

-- +goose Down
DROP TABLE support_talks;
