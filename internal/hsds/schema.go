package hsds

import "reflect"

// Schemas are the nouns as JSON Schema (2020-12) under their names, as they leave Kvart: with the formats of the standard and
// without the history of fields. prefix stands before a name where one refers to another.
func Schemas(prefix string) map[string]any {
	all := map[string]any{}
	for _, t := range []reflect.Type{reflect.TypeFor[Service](), reflect.TypeFor[Organization](), reflect.TypeFor[AtLocation](), reflect.TypeFor[Taxonomy](), reflect.TypeFor[Term]()} {
		schema(t, prefix, all)
	}
	return all
}

var formats = map[int]string{isID: "uuid", isLink: "uuid", isURI: "uri", isEmail: "email", isMoment: "date-time"}

func schema(t reflect.Type, prefix string, all map[string]any) any {
	if all[t.Name()] != nil {
		return map[string]any{"$ref": prefix + t.Name()}
	}
	properties, required := map[string]any{}, []any{}
	noun := map[string]any{"type": "object", "properties": properties}
	all[t.Name()] = noun
	for _, f := range fieldsOf(t) {
		if f.rule == isHistory {
			continue
		}
		if f.required {
			required = append(required, f.name)
		}
		kind := t.Field(f.index).Type
		switch kind.Kind() {
		case reflect.Slice:
			properties[f.name] = map[string]any{"type": "array", "items": schema(kind.Elem(), prefix, all)}
		case reflect.Pointer:
			if kind.Elem().Kind() == reflect.Struct {
				properties[f.name] = schema(kind.Elem(), prefix, all)
			} else {
				properties[f.name] = map[string]any{"type": "number"}
			}
		default:
			one := map[string]any{"type": "string"}
			if format := formats[f.rule]; format != "" {
				one["format"] = format
			}
			if f.rule == isOneOf {
				one["enum"] = words[f.name]
			}
			properties[f.name] = one
		}
	}
	noun["required"] = required
	return map[string]any{"$ref": prefix + t.Name()}
}
