package season_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"kvart/internal/allotment"
	"kvart/internal/booking"
	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	"kvart/internal/season"
)

const badList = `Organizacija;Redoslijed;Prostor;Dan;Od;Do;Članovi
Alfa;1;dvorana;ponedjeljak;18:00;19:30;12
Alfa;2;mala;pon;19:00;20:00;
Beta;1;podrum;utorak;18:00;19:00;5
Beta;1;dvorana;utorak;18:00;17:00;5
Nepoznata;1;dvorana;utorak;18:00;19:00;5
Gama;1;;sri;18;19.30;0
Gama;2;dvorana/mala;blagdan;18:00;19:00;
Gama;3;dvorana;4;18:00;19:00;7

Gama;1;mala;5;18:00;19:00;
Beta;x;mala;5;18:00;19:00;
Beta;2;mala;5;07:00;08:00;
Beta;3;mala;5;18:00;18:05;-1
Alfa;9;dvorana;Monday;18:00;19:30;
`

func TestWishList_everyRowIsSaidWithItsColumnAndNothingIsLost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		one := h.open()
		look := func(take bool) season.Report {
			t.Helper()
			r, err := h.TakeList(t.Context(), h.centre, "želje.csv", []byte(badList), take, "test", func(int, int) bool { return false })
			h.must(err)
			return r
		}
		check := func(r season.Report, taken string) {
			t.Helper()
			var got []string
			for _, l := range r.Lines {
				got = append(got, strings.TrimSpace(fmt.Sprintf("%d%s %s %s", l.Line, l.Column, l.What, l.Reason)))
			}
			notes := []string{"3E new season.list.overlap", "7G new season.list.zero", "11B new season.list.rank"}
			if taken == season.RowSame {
				notes = []string{"3 same", "7 same", "11 same"}
			}
			want := []string{"2 " + taken, notes[0], "4C none season.list.space", "5F none season.fault.times", "6A none season.list.organisation", notes[1],
				"8D none season.list.weekday", "9G none season.list.amount", notes[2], "12B none fault.not_a_number", "13E none season.fault.outside", "14G none fault.not_a_number", "15 same season.list.twice"}
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
		check(look(false), season.RowNew)
		if list, _ := h.Wishes(t.Context(), d, one.ID, ""); len(list) != 0 {
			t.Fatal("looking took something")
		}
		check(look(true), season.RowNew)
		check(look(true), season.RowSame)
		list, err := h.Wishes(t.Context(), d, one.ID, "")
		h.must(err)
		members, err := h.Members(t.Context(), d, one.ID)
		h.must(err)
		if len(list) != 4 || len(members) != 2 || members[0].Amounts[0] != 12 || members[1].Amounts[0] != 0 || members[0].Wishes != 2 {
			t.Errorf("%+v %+v", list, members)
		}
	})
}

func TestWishList_aSheetIsReadAsAFileWithCommas(t *testing.T) {
	k := season.Known{Season: season.Season{}, Organisations: []network.Organisation{{ID: "o", Slug: "alfa", Name: "Alfa, d.o.o."}},
		Spaces: []booking.Space{{ID: "s", Slug: "hall", Name: i18n.Text{i18n.EN: "Great hall"}}, {ID: "t", Slug: "small", Name: i18n.Text{i18n.HR: "Mala"}}}}
	k.Season.Hours = always()
	x := excelize.NewFile()
	for i, row := range [][]any{{"Organisation", "Room", "Day", "From", "To", "Rank"}, {"Alfa, d.o.o.", "Great hall / mala", "Friday", 0.75, 0.8125, 2}, {"alfa", "any", 5, "18:00:00", "19h", 1}} {
		if err := x.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := x.Write(&b); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"a.xlsx": b.Bytes(),
		"a.csv": []byte("\xef\xbb\xbforganisation,room,day,from,to,rank\n\"Alfa, d.o.o.\",Great hall / mala,Friday,18:00,19:30,2\nalfa,any,5,18.00,19,1\n")} {
		rows, report, err := season.ReadList(name, data, k)
		if err != nil || len(rows) != 2 {
			t.Fatalf("%s: %v %+v", name, err, report)
		}
		if w := rows[1].Wish; w.Start != 1080 || w.Minutes != 90 || w.Weekday != 5 || !slices.Equal(w.Spaces, []string{"s", "t"}) {
			t.Errorf("%s: %+v", name, w)
		}
		if w := rows[0].Wish; w.Minutes != 60 || len(w.Spaces) != 0 {
			t.Errorf("%s: the better rank comes first: %+v", name, w)
		}
	}
}

// always is the whole week.
func always() (list []allotment.Span) {
	for d := 1; d <= 7; d++ {
		list = append(list, allotment.Span{Weekday: d, From: 0, To: 24 * 60})
	}
	return list
}

func TestWishList_whatIsNoListIsRefusedWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		send := func(name, data string) error {
			_, err := h.TakeList(t.Context(), h.centre, name, []byte(data), true, "test", func(int, int) bool { return false })
			return err
		}
		refused(t, send("a.csv", badList), fault.KindInvalid, "season.list.none_open")
		h.open()
		refused(t, send("a.xlsx", "no zip"), fault.KindInvalid, "season.list.no_sheet")
		refused(t, send("a.csv", "a;b\n\xff"), fault.KindInvalid, "season.list.encoding")
		refused(t, send("a.csv", "Organizacija;Dan;Od\nAlfa;1;18:00"), fault.KindInvalid, "season.list.columns")
		refused(t, send("a.csv", ""), fault.KindInvalid, "season.list.columns")
		refused(t, send("a.csv", "Organizacija;Dan;Od;Do\n\"Alfa"), fault.KindInvalid, "season.list.no_sheet")
	})
}

func FuzzReadList(f *testing.F) {
	f.Add("a.csv", []byte(badList))
	f.Add("a.csv", []byte("organisation,day,from,to\n\xf0\x9f\x98\x80,1,1,2\nalfa,\u202e,0.5,24"))
	f.Add("a.xlsx", []byte("PK\x03\x04"))
	k := season.Known{Organisations: []network.Organisation{{ID: "o", Slug: "alfa", Name: "Alfa"}}, Spaces: []booking.Space{{ID: "s", Slug: "dvorana"}}}
	k.Season.Hours = always()
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		rows, report, err := season.ReadList(name, data, k)
		if err != nil {
			return
		}
		if taken := report.Count(season.RowNew); taken != len(rows) {
			t.Fatalf("%d rows and %d said to be taken", len(rows), taken)
		}
		for _, r := range rows {
			if err := r.Wish.Check(k.Season, []string{"s"}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
