package programme

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"kvart/internal/platform/jobs"
	"kvart/internal/platform/upload"
)

// Copying is a season carried over as far as it is: looked at, or taken.
type Copying struct {
	ID       string
	Progress jobs.Progress
	Taken    bool // the drafts are made, or being made; else it is only looked at
	Report   CopyReport
}

// BeginCopy has the season looked at and returns the id of the work and the address of its page. It returns Invalid with a
// fault a field.
func (p *Pages) BeginCopy(ctx context.Context, of upload.Scope, c SeasonCopy) (id, address string, err error) {
	centre, err := p.Network.Centre(ctx, p.DB, of.ScopeID)
	if err != nil {
		return "", "", err
	}
	if err := c.Check(p.Now().In(centre.Location()).Format(time.DateOnly)); err != nil {
		return "", "", err
	}
	data, err := json.Marshal(c)
	if err != nil {
		return "", "", err
	}
	if address, err = p.seasons().Begin(ctx, of, c.From+" – "+c.To+" → "+c.Start, data); err != nil {
		return "", "", err
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", "", err
	}
	return u.Query().Get("file"), address, nil
}

// CopyingOf is how far the work is, to whoever began it where they act. It is NotFound when its time is over.
func (p *Pages) CopyingOf(ctx context.Context, of upload.Scope, id string) (Copying, error) {
	st, err := p.seasons().Of(ctx, of, id)
	if err != nil {
		return Copying{}, err
	}
	c := Copying{ID: st.File.ID, Progress: st.Progress, Taken: st.Taken()}
	if err := st.Read(&c.Report); err != nil {
		return c, err
	}
	for _, a := range c.Report.Activities {
		for _, d := range a.Open {
			if err := p.Booking.Named(ctx, p.DB, d.Clashes); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// TakeCopy has the drafts made with the choices for the dates that clash, and returns the address of the page. Twice changes
// nothing, nor does it while the season is still looked at.
func (p *Pages) TakeCopy(ctx context.Context, of upload.Scope, id string, solved url.Values) (address string, err error) {
	st, err := p.seasons().Of(ctx, of, id)
	if err != nil {
		return "", err
	}
	data, err := st.File.Bytes()
	if err != nil {
		return "", err
	}
	var c SeasonCopy
	if len(data) > 0 { // else it is made already
		if err := json.Unmarshal(data, &c); err != nil {
			return "", err
		}
	}
	c.Solved = solved
	if data, err = json.Marshal(c); err != nil {
		return "", err
	}
	return p.seasons().Decide(ctx, st, data)
}

// StopCopy asks the work to stop between two activities: those that are made stay.
func (p *Pages) StopCopy(ctx context.Context, of upload.Scope, id string) error {
	st, err := p.seasons().Of(ctx, of, id)
	if err != nil {
		return err
	}
	return jobs.StopProgress(ctx, p.DB, st.Progress.ID, of.AccountID)
}
