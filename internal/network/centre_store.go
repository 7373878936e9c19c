package network

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/mail"
)

// AccessStates are what can be said of a feature of access.
var AccessStates = []string{"yes", "partly", "no"}

// Check returns Invalid with the fields that cannot be right.
func (c Centre) Check() error {
	var f fault.Form
	checkSlug(&f, c.Slug)
	checkWord(&f, "name", c.Name, 80, true)
	checkWord(&f, "address", c.Address, 200, false)
	checkWord(&f, "phone", c.Phone, 40, false)
	checkText(&f, "about", c.About, 3000, false)
	checkText(&f, "phone_who", c.PhoneWho, 200, false)
	checkText(&f, "stop", c.Stop, 300, false)
	checkZone(&f, c.Zone)
	if c.Email != "" && !mail.ValidAddress(c.Email) {
		f.Add("email", "mail.fault.address")
	}
	if strings.Trim(c.Phone, "+0123456789 /()-") != "" {
		f.Add("phone", "network.fault.phone")
	}
	if c.Colour < 1 || c.Colour > 6 {
		f.Add("colour", "fault.not_a_number", "low", 1, "high", 6)
	}
	if c.Number < 1 || c.Number > 999 {
		f.Add("number", "fault.not_a_number", "low", 1, "high", 999)
	}
	if c.ConfirmHours < 1 || c.ConfirmHours > 168 {
		f.Add("confirm_hours", "fault.not_a_number", "low", 1, "high", 168)
	}
	if c.KeepMonths < 1 || c.KeepMonths > 60 {
		f.Add("keep_months", "fault.not_a_number", "low", 1, "high", 60)
	}
	if (c.LatE6 == nil) != (c.LonE6 == nil) || c.LatE6 != nil && (*c.LatE6 < -90e6 || *c.LatE6 > 90e6 || *c.LonE6 < -180e6 || *c.LonE6 > 180e6) {
		f.Add("lat", "network.fault.place")
	}
	for i, a := range c.Access {
		at := fmt.Sprintf("access[%d].", i)
		if !slices.Contains(AccessFeatures, a.Feature) {
			f.Add(at+"feature", "network.fault.access_feature")
		}
		if !slices.Contains(AccessStates, a.State) {
			f.Add(at+"state", "network.fault.access_state")
		}
		if _, err := time.Parse(time.DateOnly, a.CheckedOn); err != nil {
			f.Add(at+"checked_on", "fault.not_a_date")
		}
		checkText(&f, at+"note", a.Note, 300, false)
	}
	c.Hours.check(&f)
	if c.Holidays != "" && !slices.Contains(HolidayChoices, c.Holidays) {
		f.Add("holidays", "network.fault.holidays")
	}
	return f.Err()
}

func (l HoursList) check(f *fault.Form) {
	for i, h := range l {
		at := fmt.Sprintf("hours[%d].", i)
		if h.Weekday < 1 || h.Weekday > 7 {
			f.Add(at+"weekday", "fault.not_a_number", "low", 1, "high", 7)
		}
		if !clockForm.MatchString(h.Opens) {
			f.Add(at+"opens", "fault.not_a_time")
		}
		if !clockForm.MatchString(h.Closes) {
			f.Add(at+"closes", "fault.not_a_time")
		} else if h.Closes == h.Opens {
			f.Add(at+"closes", "network.fault.hours")
		}
		for _, o := range l[:i] {
			if o.Weekday == h.Weekday && o.Opens < h.end() && h.Opens < o.end() {
				f.Add(at+"opens", "network.fault.hours_meet")
			}
		}
	}
}

// end is the closing time; one past midnight is after every time of the day.
func (h Hours) end() string {
	if h.Closes <= h.Opens {
		return "24" + h.Closes
	}
	return h.Closes
}

// SaveCentre makes a centre or changes it, and returns its id; the slug of one that exists stays. A new one without a
// number gets the next. It returns Conflict when somebody else changed it since the given version.
func (s *Store) SaveCentre(ctx context.Context, tx *db.Tx, c Centre, by string) (string, error) {
	if c.Number == 0 {
		if err := tx.Get(ctx, &c.Number, `SELECT COALESCE(MAX(number), 0) + 1 FROM centres`, nil); err != nil {
			return "", err
		}
	}
	if c.Colour == 0 {
		c.Colour = (c.Number-1)%6 + 1
	}
	if c.ConfirmHours == 0 {
		c.ConfirmHours = 24
	}
	if c.KeepMonths == 0 {
		c.KeepMonths = 12
	}
	if c.Holidays == "" {
		c.Holidays = HolidaysAsk
	}
	if err := c.Check(); err != nil {
		return "", err
	}
	var f fault.Form
	if _, err := s.Organisation(ctx, tx, c.OrganisationID); fault.Is(err, fault.KindNotFound) {
		f.Add("organisation", "network.fault.no_organisation")
	} else if err != nil {
		return "", err
	}
	if _, err := s.Area(ctx, tx, c.AreaID); fault.Is(err, fault.KindNotFound) {
		f.Add("area", "network.fault.no_area")
	} else if err != nil {
		return "", err
	}
	if err := f.Err(); err != nil {
		return "", err
	}
	args := db.Args{"id": c.ID, "slug": c.Slug, "number": c.Number, "colour": c.Colour, "organisation": c.OrganisationID, "area": c.AreaID, "name": c.Name,
		"zone": c.Zone, "address": c.Address, "lat": c.LatE6, "lon": c.LonE6, "about": c.About, "phone": c.Phone, "phone_who": c.PhoneWho, "email": c.Email,
		"stop": c.Stop, "access": c.Access, "hours": c.Hours, "features": c.Features, "holidays": c.Holidays, "confirm_hours": c.ConfirmHours, "keep_months": c.KeepMonths, "version": c.Version}
	if c.ID == "" {
		args["id"] = db.NewID()
		if err := slugTaken(tx.Exec(ctx, `INSERT INTO centres (id, slug, number, colour, organisation_id, area_id, name, zone, address, lat_e6, lon_e6, about, phone,
			phone_who, email, stop, access, hours, features, holidays, confirm_hours, keep_months)
			VALUES (:id, :slug, :number, :colour, :organisation, :area, :name, :zone, :address, :lat, :lon, :about, :phone,
			:phone_who, :email, :stop, :access, :hours, :features, :holidays, :confirm_hours, :keep_months) ON CONFLICT (slug) DO NOTHING`, args)); err != nil {
			return "", err
		}
	} else if err := changed(tx.Exec(ctx, `UPDATE centres SET number = :number, colour = :colour, organisation_id = :organisation, area_id = :area, name = :name,
		zone = :zone, address = :address, lat_e6 = :lat, lon_e6 = :lon, about = :about, phone = :phone, phone_who = :phone_who, email = :email, stop = :stop,
		access = :access, hours = :hours, features = :features, holidays = :holidays, confirm_hours = :confirm_hours, keep_months = :keep_months, version = version + 1
		WHERE id = :id AND version = :version`, args)); err != nil {
		return "", err
	}
	id := args["id"].(string)
	return id, s.note(ctx, tx, id, "centre.save", by, "centre", id)
}
