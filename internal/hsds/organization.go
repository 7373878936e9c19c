package hsds

// Organization offers services.
type Organization struct {
	ID                      string       `json:"id"`
	Name                    string       `json:"name"`
	AlternateName           string       `json:"alternate_name,omitempty"`
	Description             string       `json:"description"`
	Email                   string       `json:"email,omitempty"`
	Website                 string       `json:"website,omitempty"`
	AdditionalWebsites      []URL        `json:"additional_websites,omitempty"`
	TaxStatus               string       `json:"tax_status,omitempty"`
	TaxID                   string       `json:"tax_id,omitempty"`
	YearIncorporated        *float64     `json:"year_incorporated,omitempty"`
	LegalStatus             string       `json:"legal_status,omitempty"`
	Logo                    string       `json:"logo,omitempty"`
	URI                     string       `json:"uri,omitempty"`
	ParentOrganizationID    string       `json:"parent_organization_id,omitempty"`
	Funding                 []Funding    `json:"funding,omitempty"`
	Contacts                []Contact    `json:"contacts,omitempty"`
	Phones                  []Phone      `json:"phones,omitempty"`
	Locations               []Location   `json:"locations,omitempty"`
	Programs                []Program    `json:"programs,omitempty"`
	OrganizationIdentifiers []Identifier `json:"organization_identifiers,omitempty"`
	Attributes              []Attribute  `json:"attributes,omitempty"`
	Metadata                []Change     `json:"metadata,omitempty"`
	Services                []Service    `json:"services,omitempty"` // only where full_service is asked for: the schema does not know it
}

// Identifier is a number under which others know the organization.
type Identifier struct {
	ID               string      `json:"id"`
	OrganizationID   string      `json:"organization_id,omitempty"`
	IdentifierScheme string      `json:"identifier_scheme,omitempty"`
	IdentifierType   string      `json:"identifier_type"`
	Identifier       string      `json:"identifier"`
	Attributes       []Attribute `json:"attributes,omitempty"`
	Metadata         []Change    `json:"metadata,omitempty"`
}

// Program is a name under which an organization gathers services.
type Program struct {
	ID             string      `json:"id"`
	OrganizationID string      `json:"organization_id,omitempty"`
	Name           string      `json:"name"`
	AlternateName  string      `json:"alternate_name,omitempty"`
	Description    string      `json:"description"`
	Attributes     []Attribute `json:"attributes,omitempty"`
	Metadata       []Change    `json:"metadata,omitempty"`
}

// Funding is where money comes from.
type Funding struct {
	ID             string      `json:"id"`
	OrganizationID string      `json:"organization_id,omitempty"`
	ServiceID      string      `json:"service_id,omitempty"`
	Source         string      `json:"source,omitempty"`
	Attributes     []Attribute `json:"attributes,omitempty"`
	Metadata       []Change    `json:"metadata,omitempty"`
}

// URL is one more address on the web.
type URL struct {
	ID             string      `json:"id"`
	Label          string      `json:"label,omitempty"`
	URL            string      `json:"url"`
	OrganizationID string      `json:"organization_id,omitempty"`
	ServiceID      string      `json:"service_id,omitempty"`
	Attributes     []Attribute `json:"attributes,omitempty"`
	Metadata       []Change    `json:"metadata,omitempty"`
}
