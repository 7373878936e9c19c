-- +goose Up
-- Nothing is sealed under an epoch that is over or that a reader left; an epoch never comes back.
-- +goose StatementBegin
CREATE TRIGGER support_items_epoch BEFORE INSERT ON support_items
WHEN NOT EXISTS (SELECT 1 FROM support_requests r WHERE r.id = NEW.request_id AND r.epoch = NEW.epoch AND r.closing = 0)
BEGIN SELECT RAISE(ABORT, 'epoch'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_items_kept BEFORE UPDATE ON support_items
BEGIN SELECT RAISE(ABORT, 'sealed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_requests_epoch BEFORE UPDATE OF epoch, closing ON support_requests
WHEN NEW.epoch < OLD.epoch OR (NEW.epoch = OLD.epoch AND NEW.closing < OLD.closing)
BEGIN SELECT RAISE(ABORT, 'epoch'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER support_epochs_kept BEFORE UPDATE ON support_epochs
BEGIN SELECT RAISE(ABORT, 'sealed'); END;
-- +goose StatementEnd
-- +goose Down
DROP TRIGGER support_epochs_kept; DROP TRIGGER support_requests_epoch; DROP TRIGGER support_items_kept; DROP TRIGGER support_items_epoch;
