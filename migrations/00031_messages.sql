-- +goose Up
-- What is told by mail and by SMS. A mail may carry a calendar file, and a later one about the same takes its place while
-- it waits. SMS wait as mails do. Reminders are set for each activity.
ALTER TABLE mails ADD COLUMN about TEXT NOT NULL DEFAULT '';     -- ids and a word; empty: nothing takes its place
ALTER TABLE mails ADD COLUMN calendar TEXT NOT NULL DEFAULT '';  -- an iCalendar object; empty once sent
CREATE INDEX mails_about ON mails (about) WHERE about <> '' AND state <> 'sent';
CREATE TABLE texts (                      -- SMS (platform/sms)
  id TEXT PRIMARY KEY,
  to_number TEXT NOT NULL,                -- E.164; empty once sent
  body TEXT NOT NULL,                     -- empty once sent
  scope_id TEXT NOT NULL DEFAULT '',      -- the centre whose desk may know that an SMS waits
  about TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','sent','failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before BIGINT NOT NULL,
  useful_until BIGINT NOT NULL DEFAULT 0, -- after it nobody is written to any more; 0: always
  hour BIGINT NOT NULL CHECK (hour % 3600 = 0),
  sent_at BIGINT CHECK (sent_at % 3600 = 0)
);
CREATE INDEX texts_waiting ON texts (not_before) WHERE state = 'waiting';
CREATE INDEX texts_about ON texts (about) WHERE about <> '' AND state <> 'sent';
ALTER TABLE registrations ADD COLUMN by_sms INTEGER NOT NULL DEFAULT 0 CHECK (by_sms = 0 OR discreet = 0); -- wants to hear by SMS too
ALTER TABLE registrations ADD COLUMN reminded_at BIGINT NOT NULL DEFAULT 0 CHECK (reminded_at = 0 OR discreet = 0);
ALTER TABLE activities ADD COLUMN remind INTEGER NOT NULL DEFAULT 1 CHECK (remind IN (0,1));
ALTER TABLE activities ADD COLUMN remind_hours INTEGER NOT NULL DEFAULT 24 CHECK (remind_hours BETWEEN 1 AND 336);
DROP VIEW public_sessions;
DROP VIEW public_activities;
CREATE VIEW public_activities AS SELECT * FROM activities WHERE discreet = 0 AND state = 'published';
CREATE VIEW public_sessions AS SELECT s.* FROM sessions s JOIN activities a ON a.id = s.activity_id WHERE a.discreet = 0 AND a.state = 'published';
-- +goose Down
DROP VIEW public_sessions;
DROP VIEW public_activities;
ALTER TABLE activities DROP COLUMN remind_hours;
ALTER TABLE activities DROP COLUMN remind;
ALTER TABLE registrations DROP COLUMN reminded_at;
ALTER TABLE registrations DROP COLUMN by_sms;
DROP TABLE texts;
DROP INDEX mails_about;
ALTER TABLE mails DROP COLUMN calendar;
ALTER TABLE mails DROP COLUMN about;
CREATE VIEW public_activities AS SELECT * FROM activities WHERE discreet = 0 AND state = 'published';
CREATE VIEW public_sessions AS SELECT s.* FROM sessions s JOIN activities a ON a.id = s.activity_id WHERE a.discreet = 0 AND a.state = 'published';
