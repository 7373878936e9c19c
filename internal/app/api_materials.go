package app

import (
	"context"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/programme"
)

// The photos and files of an activity, with what was recorded of consent: never who agreed, but that they did. A photo
// is drawn anew when it is sent, without what its file said beside it, and published when consent is recorded. What is discreet
// is NotFound.
func (a *App) apiMaterials(api huma.API) {
	huma.Register(api, withToken("listMaterials", http.MethodGet, "/activities/{id}/materials", "Photos and files of an activity, published or not, newest first", 404), a.apiListMaterials)
	huma.Register(api, answering(http.StatusCreated, a.uploading(api, programme.MaxPhoto+1<<18, withToken("addMaterial", http.MethodPost, "/activities/{id}/materials",
		"Send a photo (JPEG, PNG) of at most 8 MB, or a PDF of at most 5 MB", 400, 404, 409, 413))), a.apiAddMaterial)
	huma.Register(api, withToken("recordConsent", http.MethodPut, "/materials/{id}/consent", "Record who may be seen on a photo; from then on it is published", 400, 404), a.apiConsent)
	huma.Register(api, answering(http.StatusNoContent, withToken("removeMaterial", http.MethodDelete, "/materials/{id}", "Take it from the page and out of the database at once", 404)), a.apiRemoveMaterial)
}

type apiMaterial struct {
	ID      string   `json:"id" format:"uuid"`
	Session string   `json:"session,omitempty" format:"uuid"`
	Kind    string   `json:"kind" enum:"picture,file"`
	Words   apiTexts `json:"words" doc:"What a photo shows, for those who do not see it; what a file is called."`
	Bytes   int      `json:"bytes"`
	Consent string   `json:"consent" enum:",nobody,all,guardians" doc:"Of a photo: empty, none is recorded, and it is not published; nobody on it can be recognised; all agreed; children too, with parents or guardians."`
	On      string   `json:"consent_on,omitempty" format:"date"`
	Public  bool     `json:"public"`
	URL     string   `json:"url,omitempty" doc:"Where visitors see it."`
}

func (a *App) apiListMaterials(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*apiList[apiMaterial], error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	act, err := a.Programme.Activity(ctx, a.DB, b.centre.ID, in.ID, false)
	if err != nil {
		return nil, a.apiError(err)
	}
	list, err := a.Programme.Materials(ctx, b.centre.ID, act.ID)
	if err != nil {
		return nil, a.apiError(err)
	}
	out := &apiList[apiMaterial]{}
	out.Body.Items = []apiMaterial{}
	for _, m := range list {
		one := apiMaterial{ID: m.ID, Kind: m.Kind, Words: texts(m.Words), Bytes: m.Size, Consent: m.Consent, On: m.On, Public: m.Public()}
		if m.SessionID != nil {
			one.Session = *m.SessionID
		}
		if one.Public {
			one.URL = a.PublicURL + "/materials/" + m.ID
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

// apiMaterialForm is what is sent: a form with a file.
type apiMaterialForm struct {
	File    huma.FormFile `form:"file" required:"true" doc:"The photo or the PDF."`
	Words   string        `form:"words-hr" required:"true" maxLength:"300" doc:"What a photo shows, for those who do not see it; what a file is called."`
	WordsEN string        `form:"words-en" required:"false" maxLength:"300"`
	WordsNB string        `form:"words-nb" required:"false" maxLength:"300"`
	Session string        `form:"session" required:"false" doc:"Id of one of its sessions, where it is of that."`
	Consent string        `form:"consent" required:"false" enum:"nobody,all,guardians" doc:"Of a photo, as in recordConsent; absent: it is kept and not published."`
	How     string        `form:"how" required:"false" maxLength:"120" doc:"Spoken, on paper; never a name. Needed where somebody can be recognised."`
}

func (a *App) apiAddMaterial(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	RawBody       huma.MultipartFormFiles[apiMaterialForm]
}) (*apiList[apiMaterial], error) {
	b, err := a.centreTokenOf(ctx, in.Authorization, programme.EditProgramme)
	if err != nil {
		return nil, err
	}
	form := in.RawBody.Data()
	for _, x := range []struct{ name, said string }{{"words-hr", form.Words}, {"words-en", form.WordsEN}, {"words-nb", form.WordsNB}, {"how", form.How}, {"session", form.Session}} {
		if !clean(x.said) || !utf8.ValidString(x.said) {
			return nil, huma.Error422UnprocessableEntity("validation failed", uncleanAt("form."+x.name))
		}
	}
	data, err := io.ReadAll(form.File)
	if err != nil {
		return nil, a.apiError(err)
	}
	m := programme.Material{Consent: form.Consent, How: strings.TrimSpace(form.How)}
	if m.Words, err = textOf("words", apiTexts{"hr": form.Words, "en": form.WordsEN, "nb": form.WordsNB}); err != nil {
		return nil, err
	}
	if form.Session != "" {
		m.SessionID = &form.Session
	}
	if _, err := a.Programme.AddMaterial(ctx, b.centre.ID, in.ID, m, programme.Sent{Data: data}, "", "", b.by); err != nil {
		return nil, a.fieldError(err)
	}
	return a.apiListMaterials(ctx, &struct {
		Authorization string `header:"Authorization"`
		ID            string `path:"id" format:"uuid"`
	}{in.Authorization, in.ID})
}

func (a *App) apiConsent(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
	Body          struct {
		Consent string `json:"consent" enum:"nobody,all,guardians"`
		How     string `json:"how,omitempty" maxLength:"120" doc:"Spoken, on paper; never a name. Needed where somebody can be recognised."`
	}
}) (*apiList[apiMaterial], error) {
	b, m, err := a.material(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Programme.RecordConsent(ctx, b.centre.ID, m.ID, in.Body.Consent, in.Body.How, b.by); err != nil {
		return nil, a.fieldError(err)
	}
	return a.apiListMaterials(ctx, &struct {
		Authorization string `header:"Authorization"`
		ID            string `path:"id" format:"uuid"`
	}{in.Authorization, m.ActivityID})
}

// material is one of the token's centre, of an activity that is not discreet.
func (a *App) material(ctx context.Context, authorization, id string) (centreToken, programme.Material, error) {
	b, err := a.centreTokenOf(ctx, authorization, programme.EditProgramme)
	if err != nil {
		return b, programme.Material{}, err
	}
	m, err := a.Programme.MaterialAt(ctx, b.centre.ID, id)
	if err == nil {
		_, err = a.Programme.Activity(ctx, a.DB, b.centre.ID, m.ActivityID, false)
	}
	if err != nil {
		err = a.apiError(err)
	}
	return b, m, err
}

func (a *App) apiRemoveMaterial(ctx context.Context, in *struct {
	Authorization string `header:"Authorization"`
	ID            string `path:"id" format:"uuid"`
}) (*struct{}, error) {
	b, m, err := a.material(ctx, in.Authorization, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Programme.RemoveMaterial(ctx, b.centre.ID, m.ID, b.by); err != nil {
		return nil, a.apiError(err)
	}
	return nil, nil
}
