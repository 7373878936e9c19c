package ical

import "strings"

// windowsZones gives an IANA zone for Microsoft's zone names, after Unicode CLDR's windowsZones (territory 001), with
// Zagreb where CLDR lists it as one of several of the same rules.
var windowsZones = map[string]string{
	"afghanistan standard time":       "Asia/Kabul",
	"alaskan standard time":           "America/Anchorage",
	"arab standard time":              "Asia/Riyadh",
	"arabian standard time":           "Asia/Dubai",
	"arabic standard time":            "Asia/Baghdad",
	"argentina standard time":         "America/Argentina/Buenos_Aires",
	"atlantic standard time":          "America/Halifax",
	"aus central standard time":       "Australia/Darwin",
	"aus eastern standard time":       "Australia/Sydney",
	"azerbaijan standard time":        "Asia/Baku",
	"azores standard time":            "Atlantic/Azores",
	"bangladesh standard time":        "Asia/Dhaka",
	"belarus standard time":           "Europe/Minsk",
	"canada central standard time":    "America/Regina",
	"cape verde standard time":        "Atlantic/Cape_Verde",
	"caucasus standard time":          "Asia/Yerevan",
	"cen. australia standard time":    "Australia/Adelaide",
	"central america standard time":   "America/Guatemala",
	"central asia standard time":      "Asia/Bishkek",
	"central brazilian standard time": "America/Cuiaba",
	"central europe standard time":    "Europe/Budapest",
	"central european standard time":  "Europe/Zagreb",
	"central pacific standard time":   "Pacific/Guadalcanal",
	"central standard time":           "America/Chicago",
	"central standard time (mexico)":  "America/Mexico_City",
	"china standard time":             "Asia/Shanghai",
	"dateline standard time":          "Etc/GMT+12",
	"e. africa standard time":         "Africa/Nairobi",
	"e. australia standard time":      "Australia/Brisbane",
	"e. europe standard time":         "Europe/Chisinau",
	"e. south america standard time":  "America/Sao_Paulo",
	"eastern standard time":           "America/New_York",
	"egypt standard time":             "Africa/Cairo",
	"ekaterinburg standard time":      "Asia/Yekaterinburg",
	"fiji standard time":              "Pacific/Fiji",
	"fle standard time":               "Europe/Kiev",
	"georgian standard time":          "Asia/Tbilisi",
	"gmt standard time":               "Europe/London",
	"greenland standard time":         "America/Godthab",
	"greenwich standard time":         "Atlantic/Reykjavik",
	"gtb standard time":               "Europe/Bucharest",
	"hawaiian standard time":          "Pacific/Honolulu",
	"india standard time":             "Asia/Calcutta",
	"iran standard time":              "Asia/Tehran",
	"israel standard time":            "Asia/Jerusalem",
	"jordan standard time":            "Asia/Amman",
	"kaliningrad standard time":       "Europe/Kaliningrad",
	"korea standard time":             "Asia/Seoul",
	"mauritius standard time":         "Indian/Mauritius",
	"middle east standard time":       "Asia/Beirut",
	"montevideo standard time":        "America/Montevideo",
	"morocco standard time":           "Africa/Casablanca",
	"mountain standard time":          "America/Denver",
	"myanmar standard time":           "Asia/Rangoon",
	"n. central asia standard time":   "Asia/Novosibirsk",
	"namibia standard time":           "Africa/Windhoek",
	"nepal standard time":             "Asia/Katmandu",
	"new zealand standard time":       "Pacific/Auckland",
	"newfoundland standard time":      "America/St_Johns",
	"north asia standard time":        "Asia/Krasnoyarsk",
	"pacific sa standard time":        "America/Santiago",
	"pacific standard time":           "America/Los_Angeles",
	"pakistan standard time":          "Asia/Karachi",
	"romance standard time":           "Europe/Paris",
	"russia time zone 3":              "Europe/Samara",
	"russian standard time":           "Europe/Moscow",
	"sa eastern standard time":        "America/Cayenne",
	"sa pacific standard time":        "America/Bogota",
	"sa western standard time":        "America/La_Paz",
	"se asia standard time":           "Asia/Bangkok",
	"singapore standard time":         "Asia/Singapore",
	"south africa standard time":      "Africa/Johannesburg",
	"sri lanka standard time":         "Asia/Colombo",
	"syria standard time":             "Asia/Damascus",
	"taipei standard time":            "Asia/Taipei",
	"tokyo standard time":             "Asia/Tokyo",
	"turkey standard time":            "Europe/Istanbul",
	"us eastern standard time":        "America/Indianapolis",
	"us mountain standard time":       "America/Phoenix",
	"utc":                             "Etc/UTC",
	"coordinated universal time":      "Etc/UTC",
	"venezuela standard time":         "America/Caracas",
	"vladivostok standard time":       "Asia/Vladivostok",
	"volgograd standard time":         "Europe/Volgograd",
	"w. australia standard time":      "Australia/Perth",
	"w. central africa standard time": "Africa/Lagos",
	"w. europe standard time":         "Europe/Berlin",
	"west asia standard time":         "Asia/Tashkent",
	"west pacific standard time":      "Pacific/Port_Moresby",
}

// windowsCities are the cities by which Outlook shows its European zones, "(UTC+01:00) Sarajevo, Skopje, Warsaw,
// Zagreb", also as an old Outlook's TZID. One city of each list is enough.
var windowsCities = []struct{ city, zone string }{
	{"zagreb", "Europe/Zagreb"},
	{"budapest", "Europe/Budapest"},
	{"stockholm", "Europe/Berlin"},
	{"brussels", "Europe/Paris"},
	{"london", "Europe/London"},
	{"bucharest", "Europe/Bucharest"},
	{"helsinki", "Europe/Kiev"},
	{"istanbul", "Europe/Istanbul"},
}

// windowsZone gives the IANA name for a Microsoft one. CLDR's names are the identifiers; Outlook also writes
// "Daylight Time", and the display name.
func windowsZone(name string) (string, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	if iana, ok := windowsZones[name]; ok {
		return iana, true
	}
	if iana, ok := windowsZones[strings.Replace(name, "daylight time", "standard time", 1)]; ok {
		return iana, true
	}
	if strings.HasPrefix(name, "(utc") || strings.HasPrefix(name, "(gmt") || strings.Contains(name, ", ") {
		for _, c := range windowsCities {
			if strings.Contains(name, c.city) {
				return c.zone, true
			}
		}
	}
	return "", false
}
