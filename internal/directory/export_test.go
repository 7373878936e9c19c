package directory

var (
	Facets    = facets
	PicksOf   = picksOf
	HourLines = hourLines
)

// MostRows lowers the bound of rows until the test ends.
func MostRows(t interface{ Cleanup(func()) }, n int) {
	was := mostRows
	mostRows = n
	t.Cleanup(func() { mostRows = was })
}

// Taken is what a search for what is asked can leave out: it has none of these facets.
func (a Ask) Taken() []string {
	var list []string
	for kind, id := range map[string]string{facetArea: a.Area, facetTerm: a.Group, facetLang: a.Spoken, facetAge: a.Band} {
		if id != "" {
			list = append(list, facet(kind, id))
		}
	}
	if a.Free {
		list = append(list, facetFree)
	}
	if a.StepFree {
		list = append(list, facetSteps)
	}
	return list
}
