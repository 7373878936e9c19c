package directory

import (
	"maps"
	"math"
	"slices"

	"kvart/internal/hsds"
	"kvart/internal/platform/db"
)

func (run *importRun) planLocations() error {
	base := run.done
	for i, chunk := range chunks(run.Locations) {
		if run.step(base + i*batch) {
			run.report.Stopped = true
			return nil
		}
		var ids, owners []string
		for _, l := range chunk {
			ids = append(ids, l.ID)
			if l.Owner != "" {
				owners = append(owners, l.Owner)
			}
		}
		here, err := run.locationsHere(ids)
		if err != nil {
			return err
		}
		if err := run.knowOwners(owners); err != nil {
			return err
		}
		actions, err := run.lastActions("location", ids)
		if err != nil {
			return err
		}
		for _, f := range chunk {
			had, there := here[f.ID]
			name := f.Name
			if name == "" && there {
				name = had.Line()
			}
			if there && had.Confidential { // what a file says of it must not come back
				run.spot[f.ID] = had
				if len(f.Addresses) > 0 || f.Latitude != nil {
					run.report.note(f.At, "directory.io.note.confidential")
				}
				run.report.did(f.At, "location", had.City, Same, "")
				continue
			}
			n, ok := run.mergeLocation(f, had, there)
			if !ok || run.bad("location", f.ID, f.At, n.Check(nil)) {
				run.spot[f.ID] = n
				continue
			}
			if there && sameContent(had.bare(), n.bare()) {
				run.spot[f.ID] = had
				run.report.did(f.At, "location", name, Same, "")
				continue
			}
			line := ImportLine{Where: f.At, Noun: "location", Name: name, Did: Made}
			if there {
				line.Did = Updated
				key := ""
				if had.OwnerID != "" && f.Owner != "" && had.OwnerID != f.Owner {
					key = "directory.io.clash.owner"
				} else if changedHere(actions[f.ID]) && (f.Mod == 0 || f.Mod < had.ModifiedAt) {
					key = "directory.io.clash.changed"
				}
				if key != "" {
					run.spot[f.ID] = had
					run.report.did(f.At, "location", name, Clashes, key)
					continue
				}
			}
			if found := run.areas.at(n.Latitude, n.Longitude); found != nil && (n.AreaID == nil || !within(run.areas.areas, *n.AreaID, *found)) {
				n.AreaID = found
			}
			run.spot[f.ID] = n
			run.locations = append(run.locations, planned[Location]{n, line})
		}
	}
	run.done = base + len(run.Locations)
	return nil
}

func (run *importRun) locationsHere(ids []string) (map[string]Location, error) {
	args := db.Args{}
	var rows []locationRow
	if err := run.DB.Select(run.ctx, &rows, `SELECT * FROM directory_locations WHERE id IN (`+db.In("id", ids, args)+`)`, args); err != nil {
		return nil, err
	}
	m := make(map[string]Location, len(rows))
	for _, r := range rows {
		m[r.ID] = r.location()
	}
	return m, nil
}

// knowOwners reads organisations that the file names only by their ids.
func (run *importRun) knowOwners(ids []string) error {
	var missing []string
	for _, id := range ids {
		if _, there := run.known[id]; !there && !slices.Contains(missing, id) {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	more, err := run.Store.organisations(run.ctx, run.DB, missing)
	if err != nil {
		return err
	}
	maps.Copy(run.known, more)
	return nil
}

// bare is what of a location an import compares, degrees as the database keeps them.
func (l Location) bare() any {
	l.Latitude, l.Longitude = rounded(l.Latitude), rounded(l.Longitude)
	if len(l.Access) == 0 {
		l.Access = nil
	}
	if len(l.Addresses) > 0 {
		l.City = l.Addresses[0].City
	}
	l.AreaID, l.OrganizationID = nil, ""
	return l
}

func e6(degrees float64) int64 { return int64(math.Round(degrees * 1e6)) }

func rounded(f *float64) *float64 {
	if f == nil {
		return nil
	}
	n := float64(e6(*f)) / 1e6
	return &n
}

// mergeLocation is the location as the file has it. It is not ok where its degrees are a fault. Those that can be nowhere are
// left out with a note: the official example has them.
func (run *importRun) mergeLocation(f *locationRead, had Location, there bool) (Location, bool) {
	n := had
	if !there {
		n = Location{Location: hsds.Location{ID: f.ID, LocationType: "physical"}}
	}
	if f.Sheet != nil {
		entry := &sheetEntry{S: &Service{}, O: &Organisation{}, P: &Place{At: n}}
		run.setCells(f.Sheet, "location", there, entry, &sheetEntry{S: &Service{}, O: &Organisation{}, P: &Place{At: had}})
		n = entry.P.At
	} else {
		n.Location = f.Location
		if n.LocationType == "" {
			n.LocationType = "physical"
		}
	}
	if n.OwnerID == "" {
		if _, known := run.known[f.Owner]; known {
			n.OwnerID = f.Owner
		} else if f.Owner != "" {
			run.report.note(run.where("location", f.ID, f.At, "organization_id"), "directory.io.note.no_owner")
		}
	}
	switch key := Coordinates(n.Latitude, n.Longitude, nil); {
	case key == "directory.fault.coordinates":
		run.report.note(run.where("location", f.ID, f.At, "latitude"), "directory.io.note.coordinates")
		n.Latitude, n.Longitude = nil, nil
		if there {
			n.Latitude, n.Longitude = had.Latitude, had.Longitude
		}
	case key != "":
		run.report.fault(run.where("location", f.ID, f.At, "latitude"), key)
		return n, false
	case n.Latitude != nil && run.areas.swapped(*n.Latitude, *n.Longitude):
		run.report.fault(run.where("location", f.ID, f.At, "latitude"), "directory.fault.coordinates_swapped")
		return n, false
	}
	return n, true
}
