// Package hsds holds the nouns of the Human Services Data Specification 3.1 (Open Referral) as they travel: the shapes of
// its JSON, and the tables of its data package.
//
// It reads and writes no file and keeps nothing. The rules are the standard's own; the field names in JSON are its words,
// and what is empty is left out, for null is invalid there. What Kvart itself thinks of a service is in package directory.

package hsds

// Service is help that an organization offers.
type Service struct {
	ID                     string        `json:"id"`
	OrganizationID         string        `json:"organization_id,omitempty"`
	ProgramID              string        `json:"program_id,omitempty"`
	Name                   string        `json:"name"`
	AlternateName          string        `json:"alternate_name,omitempty"`
	Description            string        `json:"description,omitempty"`
	URL                    string        `json:"url,omitempty"`
	AdditionalURLs         []URL         `json:"additional_urls,omitempty"`
	Email                  string        `json:"email,omitempty"`
	Status                 string        `json:"status"`
	InterpretationServices string        `json:"interpretation_services,omitempty"`
	ApplicationProcess     string        `json:"application_process,omitempty"`
	FeesDescription        string        `json:"fees_description,omitempty"`
	WaitTime               string        `json:"wait_time,omitempty"`
	Fees                   string        `json:"fees,omitempty"`
	Accreditations         string        `json:"accreditations,omitempty"`
	EligibilityDescription string        `json:"eligibility_description,omitempty"`
	MinimumAge             *float64      `json:"minimum_age,omitempty"`
	MaximumAge             *float64      `json:"maximum_age,omitempty"`
	AssuredDate            string        `json:"assured_date,omitempty"`
	AssurerEmail           string        `json:"assurer_email,omitempty"`
	Licenses               string        `json:"licenses,omitempty"`
	Alert                  string        `json:"alert,omitempty"`
	LastModified           string        `json:"last_modified,omitempty"`
	Phones                 []Phone       `json:"phones,omitempty"`
	Schedules              []Schedule    `json:"schedules,omitempty"`
	ServiceAreas           []Area        `json:"service_areas,omitempty"`
	ServiceAtLocations     []AtLocation  `json:"service_at_locations,omitempty"`
	Languages              []Language    `json:"languages,omitempty"`
	Organization           *Organization `json:"organization,omitempty"`
	Funding                []Funding     `json:"funding,omitempty"`
	CostOptions            []Cost        `json:"cost_options,omitempty"`
	Program                *Program      `json:"program,omitempty"`
	RequiredDocuments      []Document    `json:"required_documents,omitempty"`
	Contacts               []Contact     `json:"contacts,omitempty"`
	Capacities             []Capacity    `json:"capacities,omitempty"`
	Attributes             []Attribute   `json:"attributes,omitempty"`
	Metadata               []Change      `json:"metadata,omitempty"`
	Visit                  *Visit        `json:"visit,omitempty"` // of Kvart's profile only
}

// Visit is what whoever comes for the first time wants to know: in Kvart's profile, where the standard has no place but free
// text.
type Visit struct {
	Cost      string `json:"cost,omitempty"`
	Meets     string `json:"meets,omitempty"`
	NameAsked string `json:"name_asked,omitempty"`
	CardAsked string `json:"card_asked,omitempty"`
	Written   string `json:"written,omitempty"`
	Along     string `json:"along,omitempty"`
}

// AtLocation is a service where it is given: the pair of a service and a location, with what holds there only.
type AtLocation struct {
	ID           string      `json:"id"`
	ServiceID    string      `json:"service_id,omitempty"`
	LocationID   string      `json:"location_id,omitempty"`
	Description  string      `json:"description,omitempty"`
	ServiceAreas []Area      `json:"service_areas,omitempty"`
	Contacts     []Contact   `json:"contacts,omitempty"`
	Phones       []Phone     `json:"phones,omitempty"`
	Schedules    []Schedule  `json:"schedules,omitempty"`
	Location     *Location   `json:"location,omitempty"`
	Attributes   []Attribute `json:"attributes,omitempty"`
	Service      *Service    `json:"service,omitempty"` // only in lists
	Metadata     []Change    `json:"metadata,omitempty"`
}

// Area is where people live whom a service is for.
type Area struct {
	ID                  string      `json:"id"`
	ServiceID           string      `json:"service_id,omitempty"`
	ServiceAtLocationID string      `json:"service_at_location_id,omitempty"`
	Name                string      `json:"name,omitempty"`
	Description         string      `json:"description,omitempty"`
	Extent              string      `json:"extent,omitempty"`
	ExtentType          string      `json:"extent_type,omitempty"`
	URI                 string      `json:"uri,omitempty"`
	Attributes          []Attribute `json:"attributes,omitempty"`
	Metadata            []Change    `json:"metadata,omitempty"`
}

// Language is one that is spoken or written there; Code is of ISO 639.
type Language struct {
	ID         string      `json:"id"`
	ServiceID  string      `json:"service_id,omitempty"`
	LocationID string      `json:"location_id,omitempty"`
	PhoneID    string      `json:"phone_id,omitempty"`
	Name       string      `json:"name,omitempty"`
	Code       string      `json:"code,omitempty"`
	Note       string      `json:"note,omitempty"`
	Attributes []Attribute `json:"attributes,omitempty"`
	Metadata   []Change    `json:"metadata,omitempty"`
}

// Cost is what one way of using a service costs. Currency is of ISO 4217; Amount is in whole units of it, with decimals.
type Cost struct {
	ID                string      `json:"id"`
	ServiceID         string      `json:"service_id,omitempty"`
	ValidFrom         string      `json:"valid_from,omitempty"`
	ValidTo           string      `json:"valid_to,omitempty"`
	Option            string      `json:"option,omitempty"`
	Currency          string      `json:"currency,omitempty"`
	Amount            *float64    `json:"amount,omitempty"`
	AmountDescription string      `json:"amount_description,omitempty"`
	Attributes        []Attribute `json:"attributes,omitempty"`
	Metadata          []Change    `json:"metadata,omitempty"`
}

// Document is a paper one has to bring.
type Document struct {
	ID         string      `json:"id"`
	ServiceID  string      `json:"service_id,omitempty"`
	Document   string      `json:"document,omitempty"`
	URI        string      `json:"uri,omitempty"`
	Attributes []Attribute `json:"attributes,omitempty"`
	Metadata   []Change    `json:"metadata,omitempty"`
}

// Capacity is how many units are free, and how many there are.
type Capacity struct {
	ID          string      `json:"id"`
	ServiceID   string      `json:"service_id,omitempty"`
	Unit        *Unit       `json:"unit,omitempty"`
	UnitID      string      `json:"unit_id,omitempty"`
	Available   *float64    `json:"available,omitempty"`
	Maximum     *float64    `json:"maximum,omitempty"`
	Description string      `json:"description,omitempty"`
	Updated     string      `json:"updated"`
	Attributes  []Attribute `json:"attributes,omitempty"`
	Metadata    []Change    `json:"metadata,omitempty"`
}

// Unit is what capacity is counted in: beds, places, hours.
type Unit struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Scheme     string      `json:"scheme,omitempty"`
	Identifier string      `json:"identifier,omitempty"`
	URI        string      `json:"uri,omitempty"`
	Attributes []Attribute `json:"attributes,omitempty"`
	Metadata   []Change    `json:"metadata,omitempty"`
}
