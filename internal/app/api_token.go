package app

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/i18n"
)

// bearer is who asks: the token's account of rights, or why it has none.
type bearer struct {
	app  *App
	held auth.Held
	by   string
}

func (a *App) bearer(ctx context.Context, authorization string) (bearer, error) {
	raw, ok := strings.CutPrefix(authorization, "Bearer ")
	if !ok {
		return bearer{}, huma.Error401Unauthorized("a token is needed: Authorization: Bearer …")
	}
	token, err := a.Auth.Token(ctx, raw)
	if err != nil {
		return bearer{}, huma.Error401Unauthorized("this token is unknown, revoked or over")
	}
	return bearer{a, token.Held, "token:" + token.ID}, nil
}

// bearerMay is bearer for a token that may do one of what is asked where it holds.
func (a *App) bearerMay(ctx context.Context, authorization string, one ...auth.Permission) (bearer, error) {
	b, err := a.bearer(ctx, authorization)
	if err != nil {
		return b, err
	}
	for _, need := range one {
		if a.Server.Policy.Can([]auth.Held{b.held}, need, b.held.Scope) {
			return b, nil
		}
	}
	return b, huma.Error403Forbidden("this token may not do that")
}

func (b bearer) can(p auth.Permission, centreID string) bool {
	return b.app.Server.Policy.Can([]auth.Held{b.held}, p, auth.Scope{Kind: network.ScopeCentre, ID: centreID})
}

// reader is the token to the rule of what is shown of a booking.
func (b bearer) reader() booking.Reader { return booking.Reader{Sees: b.can} }

// centre is the token's own centre, or the one named.
func (b bearer) centre(ctx context.Context, slug string) (network.Centre, error) {
	if slug == "" {
		if b.held.Scope.Kind != network.ScopeCentre {
			return network.Centre{}, huma.Error422UnprocessableEntity("centre: say which one; this token is of the whole network")
		}
		c, err := b.app.Network.Centre(ctx, b.app.DB, b.held.Scope.ID)
		if err != nil {
			err = b.app.apiError(err)
		}
		return c, err
	}
	c, err := b.app.Network.CentreBySlug(ctx, b.app.DB, slug)
	if err != nil {
		return c, b.app.apiError(err)
	}
	return c, nil
}

// centreToken is who asks for what only a centre has: a token of one centre.
type centreToken struct {
	reader booking.Reader
	centre network.Centre
	by     string
}

func (a *App) centreTokenOf(ctx context.Context, authorization string, need auth.Permission) (centreToken, error) {
	b, err := a.bearer(ctx, authorization)
	if err != nil {
		return centreToken{}, err
	}
	if b.held.Scope.Kind != network.ScopeCentre || !b.can(need, b.held.Scope.ID) {
		return centreToken{}, huma.Error403Forbidden("this needs a token of the centre's coordination")
	}
	c, err := b.centre(ctx, "")
	return centreToken{b.reader(), c, b.by}, err
}

// withToken is an operation that needs a token; beside what is named it answers 401 and 403.
func withToken(id, method, path, summary string, faults ...int) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: "/api/v1" + path, Summary: summary,
		Security: []map[string][]string{{"token": {}}}, Errors: append([]int{http.StatusUnauthorized, http.StatusForbidden}, faults...)}
}

// answering is the operation with another status where it succeeds.
func answering(status int, o huma.Operation) huma.Operation {
	o.DefaultStatus = status
	return o
}

// conflicting is the operation with a 409 of its own shape.
func conflicting[T any](api huma.API, name, description string, o huma.Operation) huma.Operation {
	o.Responses = map[string]*huma.Response{"409": {Description: description, Content: map[string]*huma.MediaType{"application/problem+json": {
		Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, name)}}}}
	return o
}

// textOf is a text by language as a body has it. A language that there is none of is Invalid: nobody would read it.
func textOf(name string, m apiTexts) (i18n.Text, error) {
	t := i18n.Text{}
	for l, s := range m {
		if !slices.Contains(i18n.All, i18n.Lang(l)) {
			return nil, huma.Error422UnprocessableEntity(name + ": the languages are hr, en and nb")
		}
		if s = strings.TrimSpace(strings.ToValidUTF8(s, "")); s != "" {
			t[i18n.Lang(l)] = s
		}
	}
	return t, nil
}

// set puts what a body has in place of what is known; what it has not stays.
func set[T any](known *T, wanted *T) {
	if wanted != nil {
		*known = *wanted
	}
}

// setText is set for a text by language.
func setText(known *i18n.Text, name string, wanted *apiTexts) error {
	if wanted == nil {
		return nil
	}
	t, err := textOf(name, *wanted)
	if err == nil {
		*known = t
	}
	return err
}
