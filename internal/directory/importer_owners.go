package directory

import (
	"slices"

	"kvart/internal/hsds"
)

func (run *importRun) planOwners() error {
	base := run.done
	for i, chunk := range chunks(run.Owners) {
		if run.step(base + i*batch) {
			run.report.Stopped = true
			return nil
		}
		var ids []string
		for _, o := range chunk {
			ids = append(ids, o.ID)
		}
		here, err := run.Store.organisations(run.ctx, run.DB, ids)
		if err != nil {
			return err
		}
		actions, err := run.lastActions("organisation", ids)
		if err != nil {
			return err
		}
		for _, f := range chunk {
			had, there := here[f.ID]
			n := run.mergeOwner(f, had, there)
			if there && sameContent(had.bare(), n.bare()) {
				run.known[f.ID] = had
				run.report.did(f.At, "organisation", had.Name, Same, "")
				continue
			}
			if run.bad("organisation", f.ID, f.At, n.Check()) {
				run.known[f.ID] = n
				continue
			}
			line := ImportLine{Where: f.At, Noun: "organisation", Name: n.Name, Did: Made}
			if there {
				line.Did = Updated
				if changedHere(actions[f.ID]) && (f.Mod == 0 || f.Mod < had.ModifiedAt) {
					run.known[f.ID] = had
					run.report.did(f.At, "organisation", had.Name, Clashes, "directory.io.clash.changed")
					continue
				}
			}
			run.known[f.ID] = n
			run.owners = append(run.owners, planned[Organisation]{n, line})
		}
	}
	run.done = base + len(run.Owners)
	return nil
}

// bare is what of an organisation an import compares.
func (o Organisation) bare() any {
	if len(o.Texts) == 0 {
		o.Texts = nil
	}
	o.Services, o.Locations = nil, nil
	return o
}

func (run *importRun) mergeOwner(f *ownerRead, had Organisation, there bool) Organisation {
	n := had
	if !there {
		n = Organisation{Organization: hsds.Organization{ID: f.ID}, Lang: run.Lang, Kind: "other", Reach: Direct}
		if kind := run.members[f.ID]; slices.Contains(Kinds, kind) {
			n.Kind = kind
		}
		if n.Kind == "initiative" { // nobody said yet that it wants to be reached itself
			n.Kind = "other"
		}
	}
	if f.Sheet != nil {
		shown := had.Shown(run.today).In(run.Lang)
		run.setCells(f.Sheet, "owner", there, &sheetEntry{S: &Service{}, O: &n}, &sheetEntry{S: &Service{}, O: &shown})
		return n
	}
	n.Organization = f.Organization
	n.Services, n.Locations = nil, nil
	n.Programs = slices.DeleteFunc(slices.Clone(n.Programs), func(p hsds.Program) bool { // what services name stands at them
		return run.programs[p.ID] && !slices.ContainsFunc(had.Programs, func(x hsds.Program) bool { return x.ID == p.ID })
	})
	if len(n.Programs) == 0 {
		n.Programs = nil
	}
	n.Name, n.AlternateName, n.Description = had.Name, had.AlternateName, had.Description
	n.setIn(run.Lang, "name", f.Name)
	n.setIn(run.Lang, "alternate_name", f.AlternateName)
	n.setIn(run.Lang, "description", f.Description)
	if there && had.ByCentre(run.today) { // exports do not have these
		keepHidden(&n.Phones, had.Phones)
		keepHidden(&n.Contacts, had.Contacts)
		keepHidden(&n.AdditionalWebsites, had.AdditionalWebsites)
		keepHidden(&n.Metadata, had.Metadata)
		keepText(&n.Email, had.Email)
		keepText(&n.Website, had.Website)
		keepText(&n.URI, had.URI)
	}
	return n
}
