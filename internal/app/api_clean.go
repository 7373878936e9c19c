package app

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// cleanly answers 422, with the place of it, to what the engines do not keep as it is: control characters in a text of the
// body, and bytes that are no UTF-8. It looks before an operation does, so that none has to. The address was looked at by
// the server.
func cleanly(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if body := ctx.Operation().RequestBody; body != nil && body.Content["application/json"] != nil { // of files: by who reads them
			if unclean := uncleanBody(ctx); len(unclean) > 0 {
				_ = huma.WriteErr(api, ctx, http.StatusUnprocessableEntity, "validation failed", unclean...)
				return
			}
		}
		next(ctx)
	}
}

// uncleanBody reads the body, and leaves it to be read once more. What is too long or no JSON is said by who reads it then.
func uncleanBody(ctx huma.Context) []error {
	o := ctx.Operation()
	if o.BodyReadTimeout > 0 {
		_ = ctx.SetReadDeadline(time.Now().Add(o.BodyReadTimeout))
	}
	r, _ := humago.Unwrap(ctx)
	read, _ := io.ReadAll(io.LimitReader(r.Body, o.MaxBodyBytes))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(read), r.Body), r.Body}
	var body any
	switch err := json.Unmarshal(read, &body); {
	case err != nil:
		return nil
	case !utf8.Valid(read): // the decoder would put other characters in their place
		return []error{uncleanAt("body")}
	}
	return uncleanIn("body", body)
}

// uncleanIn is a fault for each text in v, which is at the place.
func uncleanIn(place string, v any) (list []error) {
	switch v := v.(type) {
	case string:
		if !clean(v) {
			return []error{uncleanAt(place)}
		}
	case []any:
		for i, one := range v {
			list = append(list, uncleanIn(place+"["+strconv.Itoa(i)+"]", one)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !clean(name) {
				return append(list, uncleanAt(place))
			}
			list = append(list, uncleanIn(place+"."+name, v[name])...)
		}
	}
	return list
}

// clean says whether s has no control characters but those that part lines and columns.
func clean(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' })
}

func uncleanAt(place string) error {
	return &huma.ErrorDetail{Location: place, Message: "only UTF-8, without control characters; newline and tab may be"}
}
