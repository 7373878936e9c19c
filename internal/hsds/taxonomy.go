package hsds

// Taxonomy is a way of sorting services.
type Taxonomy struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	URI         string   `json:"uri,omitempty"`
	Version     string   `json:"version,omitempty"`
	Metadata    []Change `json:"metadata,omitempty"`
}

// Term is one sort. ParentID is the wider one.
type Term struct {
	ID             string    `json:"id"`
	Code           string    `json:"code,omitempty"`
	Name           string    `json:"name"`
	Description    string    `json:"description"`
	ParentID       string    `json:"parent_id,omitempty"`
	Taxonomy       string    `json:"taxonomy,omitempty"`
	TaxonomyDetail *Taxonomy `json:"taxonomy_detail,omitempty"`
	Language       string    `json:"language,omitempty"`
	TaxonomyID     string    `json:"taxonomy_id,omitempty"`
	TermURI        string    `json:"term_uri,omitempty"`
	Metadata       []Change  `json:"metadata,omitempty"`
}

// Attribute ties a term to whatever carries it. LinkEntity is the table of that, in the words of the standard.
type Attribute struct {
	ID             string   `json:"id"`
	LinkID         string   `json:"link_id,omitempty"`
	TaxonomyTermID string   `json:"taxonomy_term_id,omitempty"`
	LinkType       string   `json:"link_type,omitempty"`
	LinkEntity     string   `json:"link_entity,omitempty"`
	Value          string   `json:"value,omitempty"`
	TaxonomyTerm   *Term    `json:"taxonomy_term,omitempty"`
	Metadata       []Change `json:"metadata,omitempty"`
	Label          string   `json:"label,omitempty"`
}
