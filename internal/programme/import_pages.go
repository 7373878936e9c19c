package programme

import (
	"net/http"

	"kvart/internal/platform/web"
)

func (p *Pages) importForm(w http.ResponseWriter, r *web.Request) error { return nil }
func (p *Pages) planImport(w http.ResponseWriter, r *web.Request) error { return nil }
func (p *Pages) confirmImport(w http.ResponseWriter, r *web.Request) error { return nil }
