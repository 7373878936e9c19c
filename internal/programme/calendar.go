package programme

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"kvart/internal/network"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/ical"
	"kvart/internal/platform/web"
)

// calendar answers /calendar.ics, /calendar/{centre}.ics and /calendar/activity/{id}.ics: the public sessions of the last
// three months and the coming year. An event keeps its UID for ever and its SEQUENCE goes up with each change; a
// cancelled one stays, with its STATUS, so that those who subscribed see it.
func (p *Pages) calendar(w http.ResponseWriter, r *web.Request) error {
	ctx := r.Context()
	n, err := p.Network.Network(ctx, p.DB)
	if err != nil {
		return err
	}
	centres, err := p.Network.Centres(ctx, p.DB)
	if err != nil {
		return err
	}
	f := Filter{From: r.Now.AddDate(0, -3, 0), To: r.Now.AddDate(1, 0, 0)}
	cal := ical.Calendar{Name: r.Pick(n.Name), ProdID: prodID, Zone: n.Zone}
	switch {
	case r.PathValue("centre") != "":
		slug, ok := strings.CutSuffix(r.PathValue("centre"), ".ics")
		c, err := p.Network.CentreBySlug(ctx, p.DB, slug)
		if err != nil || !ok {
			if err == nil {
				err = fault.NotFound("fault.not_found")
			}
			return err
		}
		f.Centres, cal.Name, cal.Zone = []string{c.ID}, c.Name, c.Zone
	case r.PathValue("activity") != "":
		id, ok := strings.CutSuffix(r.PathValue("activity"), ".ics")
		a, err := p.PublicActivity(ctx, id)
		if err != nil || !ok {
			if err == nil {
				err = fault.NotFound("fault.not_found")
			}
			return err
		}
		f.Activity, cal.Name = a.ID, r.Pick(a.Title)
	}
	if n.Demo {
		cal.Name = r.T("programme.calendar.sample", "name", cal.Name)
	}
	if cal.Events, err = p.events(ctx, r, f, centres); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := ical.Write(&b, cal); err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	// Weak, as the compressed form has it too.
	tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding, Accept-Language, Cookie")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	return r.Send(w, http.StatusOK, b.Bytes())
}

// host is the part of a UID after the @.
func (s *Store) host() string {
	if u, err := url.Parse(s.PublicURL); err == nil && u.Host != "" {
		return u.Host
	}
	return "kvart"
}

func (p *Pages) events(ctx context.Context, r *web.Request, f Filter, centres []network.Centre) ([]ical.Event, error) {
	byID := map[string]network.Centre{}
	for _, c := range centres {
		byID[c.ID] = c
	}
	var events []ical.Event
	for {
		list, err := p.Public(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, l := range list {
			events = append(events, p.event(r.Printer, l, byID[l.CentreID]))
		}
		if len(list) < 500 {
			return events, nil
		}
		f.After = list[len(list)-1].Mark()
	}
}
