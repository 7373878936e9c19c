package directory

import (
	"kvart/internal/network"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/jobs"
	"kvart/internal/platform/web"
)

// Routes of files in and out: for the network's lead alone, who acts for all organisations in the directory.
func (p *FilePages) Routes() []web.Route {
	need := network.InNetwork(Organise)
	list := []web.Route{
		{Pattern: "GET /desk/services/export", Need: need, Handle: p.exportForm},
		{Pattern: "POST /desk/services/export", Need: need, Handle: p.download},
	}
	for _, l := range i18n.All {
		files := p.files(l)
		list = append(list,
			web.Route{Pattern: "GET " + files.Address, Need: need, Handle: files.Show},
			web.Route{Pattern: "POST " + files.Address, Need: need, Handle: files.Send},
			web.Route{Pattern: "POST " + files.Address + "/confirm", Need: need, Handle: files.Confirm},
			web.Route{Pattern: "POST " + files.Address + "/stop", Need: need, Handle: files.Stop},
		)
	}
	return list
}

// Jobs do what the pages began.
func (p *FilePages) Jobs(run *jobs.Runner) {
	for _, l := range i18n.All {
		p.files(l).Jobs(run)
	}
}
