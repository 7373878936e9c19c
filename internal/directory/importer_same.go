package directory

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"kvart/internal/hsds"
)

func sameJSON(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	if errA != nil || errB != nil {
		return false
	}
	// Tables of text know one end of a line; forms of browsers send the other.
	return bytes.Equal(x, y) || bytes.Equal(bytes.ReplaceAll(x, []byte(`\r\n`), []byte(`\n`)), bytes.ReplaceAll(y, []byte(`\r\n`), []byte(`\n`)))
}

// sameText says whether a cell holds the text, as far as a cell can.
func sameText(cell, text string) bool {
	return cell == text || strings.TrimSpace(strings.ReplaceAll(cell, "\r\n", "\n")) == strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}

// sameContent is sameJSON, for which ids of what stands within an entry, and the links by which it says where it stands, are
// none of its content: foreign files make them anew.
func sameContent(a, b any) bool {
	if sameJSON(a, b) {
		return true
	}
	bare := func(v any) any {
		data, _ := json.Marshal(v)
		var tree any
		_ = json.Unmarshal(data, &tree)
		dropIDs(tree)
		return tree
	}
	return sameJSON(bare(a), bare(b))
}

func dropIDs(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range []string{"id", "link_id", "link_entity", "resource_id", "service_id", "organization_id", "location_id", "service_at_location_id", "contact_id", "phone_id"} {
			delete(v, name)
		}
		for _, one := range v {
			dropIDs(one)
		}
	case []any:
		for _, one := range v {
			dropIDs(one)
		}
	}
}

func keepHidden[T any](to *[]T, had []T) {
	if len(*to) == 0 {
		*to = had
	}
}

func keepText(to *string, had string) {
	if *to == "" {
		*to = had
	}
}

// keepLinks gives hours back the addresses on the web that those of the same id had.
func keepLinks(list, had []hsds.Schedule) {
	for i := range list {
		if n := slices.IndexFunc(had, func(h hsds.Schedule) bool { return h.ID == list[i].ID }); n >= 0 {
			keepText(&list[i].ScheduleLink, had[n].ScheduleLink)
		}
	}
}

// changedHere says that the last that was done with an entry was not to import it: what somebody here changed stays, all the
// more where it was confirmed since.
func changedHere(action string) bool { return action != "import" }
