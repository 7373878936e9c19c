package directory

import (
	"net/http"

	"kvart/internal/hsds"
)

// document is the API as OpenAPI 3.1 describes it: made of the same lists and parameters as its answers, so that it can
// promise nothing else.
func (a *API) document(base bool) map[string]any {
	object := func(pairs ...any) map[string]any {
		m := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return m
	}
	ref := func(to string) map[string]any { return object("$ref", "#/components/"+to) }
	body := func(about string, content ...any) map[string]any {
		return object("description", about, "content", object(content...))
	}
	asJSON := func(about string, schema map[string]any) map[string]any {
		return body(about, "application/json", object("schema", schema))
	}
	get := func(id, about string, parameters []any, ok map[string]any) map[string]any {
		return object("operationId", id, "summary", about, "parameters", parameters,
			"responses", object("200", ok, "304", object("description", "It is what the reader has: If-None-Match."), "default", ref("responses/Problem")))
	}
	named := func(names []string) []any {
		list := []any{}
		for _, n := range names {
			list = append(list, ref("parameters/"+n))
		}
		return list
	}

	root, about := APIPath, "The services of the neighbourhood as HSDS 3.1 has them, in Kvart's profile of it. It is read by anybody, from any page, and counts nobody."
	if base {
		root, about = APIPath+"base/", "The services of the neighbourhood as HSDS 3.1 itself has them, for programs that know no profile."
	}
	paths := object(
		"/", object("get", get("root", "The version, the profile and this document", []any{}, asJSON("What the API is.", object("type", "object", "required", []string{"version", "profile", "openapi_url"},
			"properties", object("version", object("type", "string"), "profile", object("type", "string", "format", "uri"), "openapi_url", object("type", "string", "format", "uri")))))),
		"/openapi.json", object("get", get("document", "This document", []any{}, asJSON("OpenAPI 3.1.", object("type", "object")))),
	)
	if !base {
		paths["/profile/"] = object("get", get("profile", "The profile: the merge patches (RFC 7386) of the standard's schemas", []any{}, asJSON("Names and addresses.", object("type", "object"))))
		paths["/profile/{file}"] = object("get", get("profileFile", "One merge patch",
			[]any{object("name", "file", "in", "path", "required", true, "schema", object("type", "string"))}, asJSON("A merge patch.", object("type", "object"))))
	}
	for _, l := range a.nouns() {
		item := ref("schemas/" + l.noun)
		answer := object("description", "A page, or all there are.", "content", object(
			"application/json", object("schema", object("allOf", []any{ref("schemas/Page"), object("properties", object("contents", object("items", item)))})),
			"application/x-ndjson", object("schema", object("type", "string", "description", "One JSON object a line."))))
		if l.path == "services" { // minimal ones have less than a service must
			item = object("anyOf", []any{item, object("type", "object", "required", []string{"id", "last_modified"},
				"properties", object("id", apiUUID, "last_modified", object("type", "string", "format", "date-time")), "additionalProperties", false)})
			answer["content"].(map[string]any)["application/json"] = object("schema", object("allOf", []any{ref("schemas/Page"), object("properties", object("contents", object("items", item)))}))
		}
		fields := object()
		for _, n := range l.takes {
			fields[n] = apiParameters[n].shape
		}
		form := object("schema", object("type", "object", "properties", fields, "additionalProperties", false))
		post := object("operationId", "post_"+l.path, "summary", l.about+" With the parameters in the body, so that they stand in no address.", "parameters", named(l.takes),
			"requestBody", object("content", object("application/json", form, "application/x-www-form-urlencoded", form)),
			"responses", object("200", answer, "default", ref("responses/Problem")))
		paths["/"+l.path] = object("get", get("list_"+l.path, l.about, named(l.takes), answer), "post", post)
		paths["/"+l.path+"/{id}"] = object("get", get("get_"+l.path, "One of them, with all that belongs to it.", append([]any{ref("parameters/id")}, named(l.takesOne)...),
			asJSON("The one of the id.", ref("schemas/"+l.noun))))
	}

	parameters := object("id", object("name", "id", "in", "path", "required", true, "schema", apiUUID))
	for name, p := range apiParameters {
		parameters[name] = object("name", name, "in", "query", "description", p.about, "schema", p.shape)
	}
	schemas := hsds.Schemas("#/components/schemas/")
	address := schemas["Address"].(map[string]any)
	if base {
		address["required"] = append(address["required"].([]any), "state_province")
		delete(schemas["Service"].(map[string]any)["properties"].(map[string]any), "visit")
		delete(schemas, "Visit")
	} else {
		delete(address["properties"].(map[string]any), "state_province")
	}
	for _, noun := range []string{"Organization", "Location"} { // of their history, when they were last changed
		schemas[noun].(map[string]any)["properties"].(map[string]any)["metadata"] = object("type", "array", "maxItems", 1, "items", ref("schemas/Change"))
	}
	text := object("type", "string")
	schemas["Change"] = object("type", "object", "required", []string{"id", "last_action_date", "last_action_type", "field_name", "previous_value", "replacement_value", "updated_by"}, "properties", object(
		"id", apiUUID, "resource_id", apiUUID, "resource_type", text, "last_action_date", object("type", "string", "format", "date"), "last_action_type", text, "field_name", object("const", lastModified),
		"previous_value", text, "replacement_value", object("type", "string", "format", "date-time"), "updated_by", text))
	whole, flag := object("type", "integer", "minimum", 0), object("type", "boolean")
	schemas["Page"] = object("type", "object", "required", []string{"total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty", "contents"}, "properties", object(
		"total_items", whole, "total_pages", whole, "page_number", whole, "size", whole, "first_page", flag, "last_page", flag, "empty", flag, "contents", object("type", "array")))
	schemas["Problem"] = object("type", "object", "required", []string{"title", "status", "detail"}, "properties", object("title", object("type", "string"), "status", object("type", "integer"),
		"detail", object("type", "string"), "errors", object("type", "array", "items", object("type", "object", "required", []string{"location", "message"},
			"properties", object("location", object("type", "string", "description", "query.page, body.page or path.id"), "message", object("type", "string"))))))
	return object("openapi", "3.1.0", "info", object("title", "Kvart: services of the neighbourhood", "version", "3.1", "summary", http.MethodGet+" and POST only; nothing is written.", "description", about),
		"servers", []any{object("url", a.Store.PublicURL+root[:len(root)-1])}, "paths", paths,
		"components", object("parameters", parameters, "schemas", schemas,
			"responses", object("Problem", body("A fault, which names the parameter.", "application/problem+json", object("schema", ref("schemas/Problem"))))))
}
