package directory

// Rules are what never holds in a sound directory, for kvart check: each query counts what breaks one on the local date
// :today. The first is kept by the database, the others by the program alone.
var Rules = []struct{ What, Count string }{
	{"services without their organisation", `SELECT COUNT(*) FROM directory_services s WHERE NOT EXISTS (SELECT 1 FROM directory_organisations o WHERE o.id = s.organisation_id)`},
	{"listed services of an initiative past its consent that no centre stands in for", `SELECT COUNT(*) FROM directory_services s JOIN directory_organisations o ON o.id = s.organisation_id
		WHERE s.status IN ('active','temporarily closed') AND o.kind = 'initiative' AND o.reach = 'direct' AND o.reach_until < :today AND o.centre_id IS NULL`},
	{"confidential locations of which an older version is kept", `SELECT COUNT(*) FROM directory_versions v JOIN directory_locations l ON l.id = v.noun_id WHERE v.noun = 'location' AND l.confidential = 1`},
	{"services whose newest version is not the one that is kept", `SELECT COUNT(*) FROM directory_services s WHERE s.version <>
		COALESCE((SELECT MAX(v.version) FROM directory_versions v WHERE v.noun = 'service' AND v.noun_id = s.id), s.version)`},
	{"listed services that search does not find, or others that it does", `SELECT COUNT(*) FROM directory_services s LEFT JOIN directory_documents d ON d.seq = s.seq
		WHERE (s.status IN ('active','temporarily closed')) <> (d.seq IS NOT NULL)`},
}
