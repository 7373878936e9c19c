package web

import (
	"net/http"
	"strings"

	"kvart/internal/platform/auth"
	"kvart/internal/platform/fault"
)

// The shared computer: after five minutes without a request, or at a press, the next request of a signed-in browser is
// answered with a page that asks for the passphrase and carries the form that was sent, so that nothing typed is lost.
const (
	unlockField = "_passphrase"
	unlockOnly  = "_unlock"
	loginField  = "_login"
	placeField  = "_place"
)

// unlocked lets the request through, or answers it with the locked page and returns errAnswered.
func (s *Server) unlocked(w http.ResponseWriter, r *Request) error {
	ctx := r.Context()
	seen := s.Sessions.GetInt64(ctx, "seen")
	away, most := r.Now.Unix()-seen, int64(IdleLock.Seconds())
	locked := s.Sessions.GetBool(ctx, "locked") || away > most || away < -most // a clock that was set back says nothing
	if strings.HasPrefix(r.URL.Path, "/desk/lock") || strings.HasPrefix(r.URL.Path, "/desk/unlock") || r.URL.Path == "/desk/sign-out" {
		return nil
	}
	if !locked {
		if away > 30 && !byItself(r) {
			s.Sessions.Put(ctx, "seen", r.Now.Unix())
		}
		return nil
	}
	if !s.Sessions.GetBool(ctx, "locked") {
		s.Lock(r)
	}
	f := &Form{}
	if r.Method == http.MethodPost && !isUpload(r) {
		var err error
		if f, err = r.Read(w); err != nil {
			return err
		}
	}
	var wrong *fault.Error
	if phrase := f.Get(unlockField); phrase != "" {
		err := s.Unlock(w, r, phrase)
		if err == nil {
			if f.On(unlockOnly) {
				if err := r.See(w, r.URL.RequestURI()); err != nil {
					return err
				}
				return errAnswered
			}
			r.PostForm.Del(unlockField)
			return nil
		}
		wrong = fault.Of(err)
		if wrong.Kind == fault.KindInternal {
			return err
		}
	}
	if err := r.HTML(w, http.StatusUnauthorized, lockedPage(r, f, wrong)); err != nil {
		return err
	}
	return errAnswered
}

// signedInAgain lets a form through whose sender's sign-in had ended, once they have signed in on the page that it
// answers with and that carries the form; else it returns errAnswered. Who may act at several places says at which: that
// went with the session.
func (s *Server) signedInAgain(w http.ResponseWriter, r *Request) error {
	f := &Form{}
	if !isUpload(r) {
		var err error
		if f, err = r.Read(w); err != nil {
			return err
		}
	}
	var wrong *fault.Error
	if phrase := f.Get(unlockField); phrase != "" {
		err := s.signInOnTheWay(w, r, f.Get(loginField), phrase)
		if err == nil {
			r.PostForm.Del(unlockField)
			r.PostForm.Del(loginField)
			return s.placed(w, r)
		}
		if wrong = fault.Of(err); wrong.Kind == fault.KindInternal {
			return err
		}
	}
	if err := r.HTML(w, http.StatusUnauthorized, againPage(r, f, wrong)); err != nil {
		return err
	}
	return errAnswered
}

func (s *Server) signInOnTheWay(w http.ResponseWriter, r *Request, login, passphrase string) error {
	if err := r.Slowed("sign-in"); err != nil {
		return err
	}
	a, kek, err := s.Auth.SignIn(r.Context(), login, passphrase)
	if fault.Is(err, fault.KindUnauthenticated) {
		return fault.Invalid("platform.sign_in.wrong").Because(err)
	}
	if err != nil {
		return err
	}
	keys, err := s.Auth.Passkeys(r.Context(), a.ID)
	if err != nil {
		return err
	}
	if len(keys) > 0 {
		return fault.Invalid("platform.again.passkey")
	}
	if err := s.Begin(r, a.ID); err != nil {
		return err
	}
	if err := s.KeepKey(w, r, a, kek); err != nil {
		return err
	}
	return s.identify(r)
}

// placed answers with a choice of places where there are several, and returns errAnswered; else it lets the form through.
func (s *Server) placed(w http.ResponseWriter, r *Request) error {
	if len(r.Viewer.Places) < 2 {
		return nil
	}
	if err := r.HTML(w, http.StatusConflict, whichPlacePage(r, &Form{Values: r.PostForm})); err != nil {
		return err
	}
	return errAnswered
}

// choosePlace acts at the place chosen on that page.
func (s *Server) choosePlace(w http.ResponseWriter, r *Request) error {
	if r.Method != http.MethodPost || isUpload(r) {
		return nil
	}
	f, err := r.Read(w)
	if err != nil {
		return err
	}
	place := f.Get(placeField)
	if place == "" {
		return nil
	}
	if err := s.Act(r, place); err != nil {
		return err
	}
	r.PostForm.Del(placeField)
	return s.identify(r)
}

// isUpload says whether the form carries files, which no page can carry on.
func isUpload(r *Request) bool { return strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") }

// byItself says whether the page came back by itself (the progress of long work does), with nobody at the screen: a
// browser tells when somebody's press led to a page. One too old to tell counts as used.
func byItself(r *Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-User") == ""
}

// Unlock opens a locked screen again with the passphrase of the account that is signed in.
func (s *Server) Unlock(w http.ResponseWriter, r *Request, passphrase string) error {
	a, kek, err := s.Auth.SignIn(r.Context(), r.Viewer.Account.Login, passphrase)
	if err != nil {
		return err
	}
	if a.ID != r.Viewer.Account.ID {
		return fault.Unauthenticated("fault.unauthenticated")
	}
	s.Sessions.Remove(r.Context(), "locked")
	s.Sessions.Put(r.Context(), "seen", r.Now.Unix())
	return s.KeepKey(w, r, a, kek)
}

// goesBack says whether the locked page stands before a page that was only asked for: that one may take no form, so the
// passphrase goes to an address of its own, which leads back.
func goesBack(r *Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.URL.Path == unlockPath
}

const unlockPath = "/desk/unlock"

func unlockAddress(r *Request) string {
	if goesBack(r) {
		return unlockPath
	}
	return r.URL.RequestURI()
}

func unlockNext(r *Request) string {
	if r.URL.Path == unlockPath {
		return r.PostFormValue("next")
	}
	return r.URL.RequestURI()
}

// StillLocked answers with the locked page again, and what was wrong with the passphrase.
func (s *Server) StillLocked(w http.ResponseWriter, r *Request, err error) error {
	wrong := fault.Of(err)
	if wrong.Kind == fault.KindInternal {
		return err
	}
	return r.HTML(w, http.StatusUnauthorized, lockedPage(r, &Form{}, wrong))
}

// Lock closes the screen until the passphrase is typed. What is sealed to the viewer does not open meanwhile.
func (s *Server) Lock(r *Request) {
	s.Sessions.Put(r.Context(), "locked", true)
	s.forgetKey(r)
}

// Begin starts the session of an account that has just signed in.
func (s *Server) Begin(r *Request, accountID string) error {
	if err := s.Sessions.RenewToken(r.Context()); err != nil {
		return err
	}
	s.Sessions.Put(r.Context(), auth.SessionAccount, accountID)
	s.Sessions.Put(r.Context(), "seen", r.Now.Unix())
	s.Sessions.Remove(r.Context(), "locked")
	return nil
}

// End ends the browser's session.
func (s *Server) End(r *Request) error { return s.Sessions.Destroy(r.Context()) }

// Act changes where the viewer acts, to one of their places.
func (s *Server) Act(r *Request, scopeID string) error {
	for _, p := range r.Viewer.Places {
		if p.Scope.ID == scopeID {
			s.Sessions.Put(r.Context(), "acting", scopeID)
			return nil
		}
	}
	return fault.Forbidden("fault.forbidden")
}

// roles names the roles under which one acts here.
func (r *Request) roles() string {
	var names []string
	for _, role := range r.Viewer.Acting.RoleKeys {
		names = append(names, r.T(role))
	}
	if len(names) == 0 {
		return r.Viewer.Acting.Name
	}
	return strings.Join(names, ", ") + " · " + r.Viewer.Acting.Name
}
