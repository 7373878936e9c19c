package app

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"kvart/internal/programme"
)

// The photos and files of an activity, with what was recorded of consent: never who agreed, but that they did. Pictures are
// sent at the desk, where they are looked at. What is discreet is NotFound.
func (a *App) apiMaterials(api huma.API) {
	huma.Register(api, withToken("listMaterials", http.MethodGet, "/activities/{id}/materials", "Photos and files of an activity, published or not, newest first", 404), a.apiListMaterials)
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
