package support

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kvart/internal/platform/fault"
	"kvart/internal/platform/vault"
	"kvart/internal/platform/web"
)

// idle is after how long without a request the code is asked for again.
const idle = 15 * time.Minute

// visit is a browser in which a code was typed.
type visit struct {
	secret, request string
	person          Reading
}

var errNoVisit = errors.New("support: nobody visits")

func visitCookie(r *web.Request) (name string, secure bool) {
	if strings.HasPrefix(r.Base(), "https://") {
		return "__Host-kvart-visit", true
	}
	return "kvart-visit", false
}

// setVisit gives the browser its secret, with the moment and proof of it; an empty secret takes it away. It ends with the
// browser, or after idle.
func (p *Pages) setVisit(w http.ResponseWriter, r *web.Request, secret string) {
	name, secure := visitCookie(r)
	c := &http.Cookie{Name: name, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode}
	if secret == "" {
		c.MaxAge = -1
	} else {
		text := secret + "." + strconv.FormatInt(r.Now.Unix(), 36)
		c.Value = text + "." + p.visitProof(text)
	}
	http.SetCookie(w, c)
}

func (p *Pages) visitProof(text string) string {
	mac := hmac.New(sha256.New, p.Store.Auth.Secrets.Key("support visit"))
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// visitSecret is the secret of the browser's cookie, and whether it was used within the last quarter of an hour.
func (p *Pages) visitSecret(r *web.Request) (secret string, fresh bool) {
	name, _ := visitCookie(r)
	c, err := r.Cookie(name)
	if err != nil {
		return "", false
	}
	at := strings.LastIndexByte(c.Value, '.')
	if at < 0 || !hmac.Equal([]byte(c.Value[at+1:]), []byte(p.visitProof(c.Value[:at]))) {
		return "", false
	}
	secret, moment, _ := strings.Cut(c.Value[:at], ".")
	used, err := strconv.ParseInt(moment, 36, 64)
	return secret, err == nil && r.Now.Sub(time.Unix(used, 0)) < idle
}

// visiting is the browser's visit, renewed. It returns errNoVisit where there is none, or it is over.
func (p *Pages) visiting(w http.ResponseWriter, r *web.Request) (visit, error) {
	if !r.Confidential() {
		return visit{}, fault.Forbidden("support.person.https")
	}
	secret, fresh := p.visitSecret(r)
	if secret == "" {
		return visit{}, errNoVisit
	}
	v := visit{secret: secret}
	var err error
	if fresh {
		v.request, v.person, err = p.Store.Visiting(r.Context(), secret)
	}
	if !fresh || fault.Is(err, fault.KindNotFound) {
		p.setVisit(w, r, "")
		if err := p.Store.EndVisit(r.Context(), secret); err != nil {
			return visit{}, err
		}
		return visit{}, errNoVisit
	}
	if err == nil {
		p.setVisit(w, r, secret)
	}
	return v, err
}

// begin opens a visit for the person in this browser.
func (p *Pages) begin(w http.ResponseWriter, r *web.Request, request string, person Reading) (visit, error) {
	secret, err := p.Store.Visit(r.Context(), request, person)
	if err == nil {
		p.setVisit(w, r, secret)
	}
	return visit{secret, request, person}, err
}

// enter reads the field "code" and opens a visit. A code that is wrong, or that nobody has, is one fault of the field.
func (p *Pages) enter(w http.ResponseWriter, r *web.Request, f *web.Form) (visit, error) {
	var faults fault.Form
	if !r.Confidential() {
		return visit{}, fault.Forbidden("support.person.https")
	}
	c, err := vault.ParseCode(f.Get("code"))
	if wrong, ok := errors.AsType[*vault.CodeError](err); ok {
		switch {
		case f.Get("code") == "":
			faults.Add("code", "support.person.code.empty")
		case wrong.Group > 0:
			faults.Add("code", "support.person.code.group", "n", wrong.Group)
		case wrong.Short:
			faults.Add("code", "support.person.code.short")
		default:
			faults.Add("code", "support.person.code.long")
		}
		return visit{}, faults.Err()
	}
	if err == nil {
		err = r.Slowed("contact code")
	}
	if err != nil {
		return visit{}, err
	}
	request, person, err := p.Store.ByCode(r.Context(), c)
	if fault.Is(err, fault.KindNotFound) {
		faults.Add("code", "support.person.code.unknown")
		return visit{}, faults.Err()
	}
	if err != nil {
		return visit{}, err
	}
	return p.begin(w, r, request, person)
}

func (p *Pages) code(w http.ResponseWriter, r *web.Request) error {
	return r.HTML(w, http.StatusOK, codePage(r, web.NewForm(), ""))
}

func (p *Pages) typed(w http.ResponseWriter, r *web.Request) error {
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	if _, err := p.enter(w, r, f); err != nil {
		if !f.Failed(err) {
			return err
		}
		return r.HTML(w, web.Status(f.Err), codePage(r, f, ""))
	}
	return r.See(w, r.Path(personThread))
}

// inVisit is the visit that a form comes from. Where it is over, the answer asks for the code and carries what was typed,
// and ok is false: the answer is written, or err says why not. The same form then comes with its code.
func (p *Pages) inVisit(w http.ResponseWriter, r *web.Request, f *web.Form, lostFile bool) (v visit, ok bool, err error) {
	v, err = p.visiting(w, r)
	if !errors.Is(err, errNoVisit) {
		return v, err == nil, err
	}
	status := http.StatusUnauthorized
	if _, typed := f.Values["code"]; typed {
		if v, err = p.enter(w, r, f); err == nil {
			return v, true, nil
		}
		if !f.Failed(err) {
			return v, false, err
		}
		status = web.Status(f.Err)
	}
	hint := "support.person.code.kept"
	if lostFile {
		hint = "support.person.code.kept_file"
	}
	return v, false, r.HTML(w, status, codePage(r, f, hint))
}

// leave ends the visit, has the browser forget what it kept of this address, and leads to a page that says nothing.
func (p *Pages) leave(w http.ResponseWriter, r *web.Request) error {
	if secret, _ := p.visitSecret(r); secret != "" {
		if err := p.Store.LeaveVisit(r.Context(), secret); err != nil {
			p.Store.Log.Error("a visit was not ended", "fault", fault.Of(err).Key) // its cookie goes all the same
		}
		p.setVisit(w, r, "")
	}
	h := w.Header()
	h.Set("Clear-Site-Data", `"cache", "cookies", "storage"`)
	h.Set("Cache-Control", "no-store")
	return r.See(w, r.Path("programme"))
}
