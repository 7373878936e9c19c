-- +goose Up
-- Nothing is sealed under an epoch that is over or that a reader left; an epoch never comes back.
-- The request's row is locked, so that no reader leaves in between.
-- +goose StatementBegin
CREATE FUNCTION support_items_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM support_requests r WHERE r.id = NEW.request_id AND r.epoch = NEW.epoch AND r.closing = 0 FOR SHARE;
  IF NOT FOUND THEN RAISE EXCEPTION 'epoch'; END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER support_items_epoch BEFORE INSERT ON support_items FOR EACH ROW EXECUTE FUNCTION support_items_epoch();
-- +goose StatementBegin
CREATE FUNCTION support_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'sealed'; END $$;
-- +goose StatementEnd
CREATE TRIGGER support_items_kept BEFORE UPDATE ON support_items FOR EACH ROW EXECUTE FUNCTION support_kept();
CREATE TRIGGER support_epochs_kept BEFORE UPDATE ON support_epochs FOR EACH ROW EXECUTE FUNCTION support_kept();
-- +goose StatementBegin
CREATE FUNCTION support_requests_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.epoch < OLD.epoch OR (NEW.epoch = OLD.epoch AND NEW.closing < OLD.closing) THEN RAISE EXCEPTION 'epoch'; END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER support_requests_epoch BEFORE UPDATE OF epoch, closing ON support_requests FOR EACH ROW EXECUTE FUNCTION support_requests_epoch();
-- +goose Down
DROP TRIGGER support_requests_epoch ON support_requests; DROP TRIGGER support_epochs_kept ON support_epochs;
DROP TRIGGER support_items_kept ON support_items; DROP TRIGGER support_items_epoch ON support_items;
DROP FUNCTION support_requests_epoch(); DROP FUNCTION support_kept(); DROP FUNCTION support_items_epoch();
