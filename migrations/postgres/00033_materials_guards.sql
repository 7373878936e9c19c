-- +goose Up
-- A discreet activity has no photos and no files, whichever came first; what a public page shows moves the counter of the cache.
-- The activity's row is locked, so that neither can come in between.
-- +goose StatementBegin
CREATE FUNCTION materials_discreet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT discreet FROM activities WHERE id = NEW.activity_id FOR SHARE) = 1 THEN
    RAISE EXCEPTION 'discreet';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER materials_discreet BEFORE INSERT OR UPDATE OF activity_id ON materials FOR EACH ROW EXECUTE FUNCTION materials_discreet();
-- +goose StatementBegin
CREATE FUNCTION activities_materials() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.discreet = 1 AND EXISTS (SELECT 1 FROM materials m WHERE m.activity_id = NEW.id) THEN
    RAISE EXCEPTION 'materials';
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER activities_materials BEFORE UPDATE OF discreet ON activities FOR EACH ROW EXECUTE FUNCTION activities_materials();
CREATE TRIGGER materials_change AFTER INSERT OR UPDATE OR DELETE ON materials FOR EACH STATEMENT EXECUTE FUNCTION public_change();
-- +goose Down
DROP TRIGGER materials_change ON materials;
DROP TRIGGER activities_materials ON activities;
DROP TRIGGER materials_discreet ON materials;
DROP FUNCTION activities_materials();
DROP FUNCTION materials_discreet();
