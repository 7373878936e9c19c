package xlsform

import (
	"archive/zip"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

var langs = []string{"hr", "en", "nb"}

// sheet is one of a workbook: a line a row, cells between bars.
type sheets map[string]string

func (s sheets) file(t testing.TB) []byte {
	t.Helper()
	f := excelize.NewFile()
	for name, text := range s {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
			for j, cell := range strings.Split(line, "|") {
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				if err := f.SetCellStr(name, at, strings.TrimSpace(cell)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var whole1 = sheets{
	"survey": `type|name|label::Hrvatski (hr)|label::English (en)|hint::hr|relevant|constraint|constraint_message::hr|required|sensitive
note|intro|Dobro došli|Welcome
begin_group|you|O vama|About you
integer|age|Koliko imate godina?|How old are you?|||. >= 0 and . <= 120|Između 0 i 120.|yes
select_one yn|kids|Imate li djecu?|Do you have children?||${age} >= 16
end group
select_multiple what|want|Što želite?|What would you like?|Više odgovora||count-selected(.) <= 2
text|other|Što još?|What else?||selected(${want}, 'other')
date|when|Od kada?|Since when?|||. <= today()
decimal|hours|Koliko sati?|How many hours?
select_one yn|ill|Imate li poteškoća sa zdravljem?|Any trouble with your health?||||||yes`,
	"choices": `list_name|name|label::Hrvatski (hr)|label::English (en)
yn|yes|Da|Yes
yn|no|Ne|No
what|music|Glazba|Music
what|walk|Šetnje|Walks
what|other|Nešto drugo|Something else`,
	"settings": `form_title|form_id|default_language
Potrebe u kvartu|needs|Hrvatski (hr)`,
}

func TestRead_wholeForm(t *testing.T) {
	f, faults := Read(whole1.file(t), langs)
	if faults != nil {
		t.Fatal(faults)
	}
	if f.Title != "Potrebe u kvartu" || fmt.Sprint(f.Languages) != "[hr en]" || len(f.Questions) != 8 || len(f.Groups) != 1 {
		t.Fatalf("%+v", f)
	}
	age := f.Question("age")
	if !age.Required || age.Label.In("en") != "How old are you?" || age.Label.In("nb", f.Languages...) != "Koliko imate godina?" || age.In != 1 || age.Row != 4 {
		t.Errorf("%+v", age)
	}
	if ill := f.Question("ill"); !ill.Sensitive || len(ill.Choices) != 2 || ill.Choices[0].Label["hr"] != "Da" {
		t.Errorf("%+v", ill)
	}
	// A question is on no page with one that decides whether it is asked; a group has pages of its own.
	if got := fmt.Sprint(f.Pages()); got != "[[0] [1] [2] [3] [4 5 6 7]]" {
		t.Error(got)
	}
	if g := f.Guide("en"); len(g) != 8 || g[3][3] != "music = Music; walk = Walks; other = Something else" {
		t.Error(g)
	}
}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func TestTake_leavesOutWhatIsNotAsked(t *testing.T) {
	f, _ := Read(whole1.file(t), langs)
	for _, x := range []struct {
		said, want, faults string
	}{
		{"age=40 kids=yes want=walk,music hours=2,5", "age=40 hours=2.5 kids=yes want=music,walk", ""},
		{"age=12 kids=yes want=music other=x", "age=12 want=music", ""}, // neither was asked
		{"age=007", "age=7", ""},
		{"", "", "age:required"},
		{"age=121", "", "age:constraint"},
		{"age=4.5 hours=x when=2026-13-01 kids=maybe", "", "age:integer when:date hours:decimal"},
		{"age=30 want=music,walk,other when=2026-11-27 ill=yes,no", "age=30", "want:constraint when:constraint ill:choice"},
		{"age=30 kids=maybe want=music,x", "age=30", "kids:choice want:choice"},
		{"age=30 when=2026-11-26 nothing=1", "age=30 when=2026-11-26", ""},
	} {
		said := Answers{}
		for _, pair := range strings.Fields(x.said) {
			k, v, _ := strings.Cut(pair, "=")
			if k != "hours" {
				v = strings.ReplaceAll(v, ",", " ")
			}
			said[k] = v
		}
		got, faults := f.Take(said, noon, nil)
		var list, bad []string
		for k, v := range got {
			list = append(list, k+"="+strings.ReplaceAll(v, " ", ","))
		}
		slices.Sort(list)
		for _, y := range faults {
			bad = append(bad, y.Name+":"+y.Code)
		}
		if strings.Join(list, " ") != x.want || strings.Join(bad, " ") != x.faults {
			t.Errorf("%s: %v %v", x.said, list, bad)
		}
	}
}

func TestTake_whatWasTakenIsTakenAgainTheSame(t *testing.T) {
	f, _ := Read(whole1.file(t), langs)
	rapid.Check(t, func(t *rapid.T) {
		said := Answers{}
		for _, q := range f.Questions {
			said[q.Name] = rapid.OneOf(rapid.SampledFrom([]string{"", "yes", "no", "music walk", "other", "3", "2,50", "2026-01-02", "-0"}), rapid.String()).Draw(t, q.Name)
		}
		once, _ := f.Take(said, noon, nil)
		twice, faults := f.Take(once, noon, nil)
		for _, x := range faults {
			if x.Code != "required" {
				t.Fatal(once, faults)
			}
		}
		if fmt.Sprint(once) != fmt.Sprint(twice) {
			t.Fatal(once, twice)
		}
	})
}

// found are faults as "sheet:C4 code".
func found(faults []Fault) string {
	var list []string
	for _, f := range faults {
		at := ""
		if f.Row > 0 {
			at = fmt.Sprintf("%s%d", f.Column, f.Row)
		}
		list = append(list, strings.Trim(f.Sheet+":"+at, ":")+" "+f.Code)
	}
	return strings.Join(list, ", ")
}

func TestRead_refusesWithSheetRowAndColumn(t *testing.T) {
	head := "type|name|label|relevant|constraint|required|sensitive\n"
	yn := "list_name|name|label\nyn|yes|Da\nyn|no|Ne"
	for _, x := range []struct {
		name, survey, choices, want string
	}{
		{"a loop of two", "text|a|A|${b} = 'x'\ntext|b|B|${a} = 'x'", "", "survey:D2 loop"},
		{"a loop of three, told once", "integer|a|A|${c} > 1\ninteger|b|B|${a} > 1\ninteger|c|C|${b} > 1\ntext|d|D|${c} > 1", "", "survey:D2 loop"},
		{"a loop through a group", "begin group|g|G|${a} = '1'\ntext|a|A\nend group", "", "survey:D2 loop"},
		{"relevant to itself", "text|a|A|${a} != ''\ntext|b|B|. != ''", "", "survey:D2 loop, survey:D3 loop"},
		{"what comes later", "text|a|A|${b} = 'x'\ntext|b|B", "", "survey:D2 later"},
		{"a constraint about what comes later", "text|a|A||${b} = 'x'\ntext|b|B", "", "survey:E2 later"},
		{"no such question", "text|a|A|${c} = 'x'", "", "survey:D2 no_question"},
		{"a note has no answer", "note|n|N\ntext|a|A|${n} = 'x'", "", "survey:D3 no_answer"},
		{"no such choice", "select_one yn|a|A\ntext|b|B|${a} = 'ja'\ntext|c|C|selected(${a}, 'nei')", yn, "survey:D3 no_choice, survey:D4 no_choice"},
		{"a function of no subset", "text|a|A\ntext|b|B|regex(${a}, 'x')", "", "survey:D3 function"},
		{"signs", "text|a|A\ntext|b|B|${a} == 'x'\ntext|c|C|(${a} = 'x'\ntext|d|D|${a = 1", "", "survey:D3 expression, survey:D4 unfinished, survey:D5 unfinished"},
		{"a marked question", "select_one yn|a|A|||yes|yes\ntext|b|B|${a} = 'yes'\ntext|c|C||||yes", yn, "survey:F2 marked_required, survey:D3 marked, survey:A4 marked_kind"},
		{"types", "geopoint|a|A\nbegin repeat|r|R\ncalculate|c|C\nselect_one|d|D\nselect_one yn or_other|e|E\nselect_one zz|f|F", yn,
			"survey:A2 tells, survey:A3 type, survey:A4 type, survey:A5 select_words, survey:A6 select_words, survey:A7 list"},
		{"names", "text|1a|A\ntext||B\ntext|c|C\ntext|C|D\n|e|E", "", "survey:B2 name, survey:B3 no_name, survey:B5 name_twice, survey:A6 no_type"},
		{"groups", "begin group|g|G\ntext|a|A\nend group\nend group\nbegin group|h|H||1|yes\ntext|b|B", "", "survey:A5 group_end, survey:E6 group_field, survey:F6 group_field, survey:A6 group_open"},
		{"yes or no", "text|a|A|||maybe\ntext|b|B|||${a} = 'x'", "", "survey:F2 yes_no, survey:F3 yes_no"},
		{"labels", "text|a\nselect_one yn|b|B", "list_name|name|label\nyn|yes|\nyn|n o|Ne\n|x|X\nyn|yes|Da", "survey:C2 no_label, choices:C2 no_label, choices:B3 choice_name, choices:A4 no_list_name, choices:B5 choice_twice"},
		{"nothing asked", "note|n|N", "", "survey empty"},
		{"notes", "note|n|N|||yes\ntext|a|A", "", "survey:F2 note_field"},
	} {
		s := sheets{"survey": head + x.survey}
		if x.choices != "" {
			s["choices"] = x.choices
		}
		f, faults := Read(s.file(t), langs)
		if got := found(faults); got != x.want || f != nil {
			t.Errorf("%s: %s\nwant %s", x.name, got, x.want)
		}
	}
}

func TestRead_loopSaysTheWay(t *testing.T) {
	_, faults := Read(sheets{"survey": "type|name|label|relevant\ninteger|a|A|${c} > 1\ninteger|b|B|${a} > 1\ninteger|c|C|${b} > 1"}.file(t), langs)
	if len(faults) != 1 || faults[0].Args[1] != "a → c → b → a" {
		t.Error(faults)
	}
}

func TestRead_columnsAndSheetsThatAreNotOfTheSubset(t *testing.T) {
	for _, x := range []struct {
		name string
		s    sheets
		want string
	}{
		{"a column with something in it", sheets{"survey": "type|name|label|appearance|calculation\ntext|a|A|multiline|"}, "survey:D1 column"},
		{"a column twice, and without a name", sheets{"survey": "type|name|label|name|\ntext|a|A||x"}, "survey:D1 column_twice, survey:E2 no_head"},
		{"a language nobody reads here", sheets{"survey": "type|name|label::Deutsch (de)|label::hr\ntext|a|A|A"}, "survey:C1 language"},
		{"columns missing", sheets{"survey": "type|label\ntext|A"}, "survey:1 no_column"},
		{"sheets", sheets{"Upitnik": "type|name|label\ntext|a|A"}, " no_sheet"},
		{"no choices", sheets{"survey": "type|name|label\nselect_one yn|a|A"}, "survey:A2 no_sheet"},
		{"entities", sheets{"survey": "type|name|label\ntext|a|A", "entities": "x"}, "entities sheet"},
		{"settings", sheets{"survey": "type|name|label\ntext|a|A", "settings": "form_title|public_key|default_language\nA|zzz|Deutsch (de)"}, "settings:B1 column, settings:C2 language"},
	} {
		_, faults := Read(x.s.file(t), langs)
		if got := found(faults); got != x.want {
			t.Errorf("%s: %s\nwant %s", x.name, got, x.want)
		}
	}
}

func TestRead_filesThatAreNone(t *testing.T) {
	zipped := func(files map[string]int, extra ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, n := range files {
			w, _ := z.Create(name)
			chunk := bytes.Repeat([]byte(" "), 1<<16)
			for ; n > 0; n -= len(chunk) {
				_, _ = w.Write(chunk[:min(n, len(chunk))])
			}
		}
		z.Close()
		return b.Bytes()
	}
	good := whole1.file(t)
	var macro bytes.Buffer
	renamed := excelize.NewFile()
	renamed.Path = "form.xlsm"
	if err := renamed.Write(&macro); err != nil {
		t.Fatal(err)
	}
	many := map[string]int{"xl/workbook.xml": 1}
	for i := range maxParts + 1 {
		many[fmt.Sprint(i)] = 0
	}
	for _, x := range []struct {
		name string
		data []byte
		want string
	}{
		{"a list of commas", []byte("type,name,label\ntext,a,A\n"), "csv"},
		{"a list in Windows-1250", []byte("type;name;label\r\ntext;a;\x8ato treba?\r\n"), "csv"},
		{"a list in UTF-16", []byte("\xff\xfet\x00y\x00p\x00e\x00"), "csv"},
		{"nothing", nil, "not_xlsx"},
		{"an old or locked file", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on"), "old"},
		{"a picture", []byte("\x89PNG\r\n\x1a\n"), "not_xlsx"},
		{"another zip", zipped(map[string]int{"content.xml": 10}), "not_xlsx"},
		{"an empty workbook", zipped(map[string]int{"xl/workbook.xml": 0}), "broken"},
		{"macros", zipped(map[string]int{"xl/workbook.xml": 10, "xl/vbaProject.bin": 10}), "macro"},
		{"macros of an older kind", zipped(map[string]int{"xl/workbook.xml": 10, "xl/macrosheets/sheet1.xml": 10}), "macro"},
		{"a workbook that says it has macros", macro.Bytes(), "macro"},
		{"a bomb", zipped(map[string]int{"xl/workbook.xml": maxUnpacked + 1}), "unpacked"},
		{"many parts", zipped(many), "unpacked"},
		{"half a file", good[:len(good)/2], "broken"},
		{"a large file", append([]byte("PK\x03\x04"), make([]byte, MaxFile)...), "large"},
	} {
		f, faults := Read(x.data, langs)
		if f != nil || len(faults) != 1 || faults[0].Code != x.want {
			t.Errorf("%s: %v", x.name, faults)
		}
	}
}

func TestRead_cellsThatAreNotAsTheyLookAreRefusedWithTheirPlace(t *testing.T) {
	made := func(change func(f *excelize.File)) []byte {
		f := excelize.NewFile()
		defer f.Close()
		_ = f.SetSheetName("Sheet1", "survey")
		for i, line := range []string{"type|name|label|relevant", "integer|a|A|", "text|b|B|${a} > 1", "text|c|C|"} {
			for j, cell := range strings.Split(line, "|") {
				at, _ := excelize.CoordinatesToCellName(j+1, i+1)
				_ = f.SetCellStr("survey", at, cell)
			}
		}
		change(f)
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, x := range []struct {
		name   string
		change func(f *excelize.File)
		want   string
	}{
		{"nothing", func(*excelize.File) {}, ""},
		{"a formula", func(f *excelize.File) { _ = f.SetCellFormula("survey", "C3", `"B"&"b"`) }, "survey:C3 formula"},
		{"a formula on a sheet that is not read", func(f *excelize.File) {
			_, _ = f.NewSheet("bilješke")
			_ = f.SetCellFormula("bilješke", "A1", "1+1")
		}, ""},
		{"a condition over two rows, of which one would lose it", func(f *excelize.File) { _ = f.MergeCell("survey", "D3", "D4") }, "survey:D3 merged"},
		{"empty cells merged", func(f *excelize.File) { _ = f.MergeCell("survey", "F8", "G9") }, ""},
	} {
		f, faults := Read(made(x.change), langs)
		if got := found(faults); got != x.want || (f == nil) != (x.want != "") {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
}

func TestRead_aHugeSheetIsNotRead(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	_ = f.SetSheetName("Sheet1", "survey")
	_ = f.SetSheetRow("survey", "A1", &[]string{"type", "name", "label"})
	_ = f.SetCellStr("survey", "A1048576", "text")
	var b bytes.Buffer
	_ = f.Write(&b)
	if _, faults := Read(b.Bytes(), langs); found(faults) != "survey rows" {
		t.Error(faults)
	}
	wide := excelize.NewFile()
	defer wide.Close()
	_ = wide.SetSheetName("Sheet1", "survey")
	_ = wide.SetCellStr("survey", "XFD2", "text")
	b.Reset()
	_ = wide.Write(&b)
	if _, faults := Read(b.Bytes(), langs); found(faults) != "survey:XFD2 columns" {
		t.Error(found(faults))
	}
}

func TestExpression_comesToWhatXPathSays(t *testing.T) {
	a := Answers{"n": "5", "t": "ab", "s": "x y", "d": "2026-11-26"}
	for text, want := range map[string]bool{
		"${n} = 5": true, "${n} = '5'": true, "${n} + 1 > 5 and ${n} < 6": true, "${n} - 2 * 2 = 1": true, "${n} div 2 = 2.5": true, "${n} mod 2 = 1": true,
		"-${n} < -4": true, "${none} = ''": true, "${none} > 1": false, "${none} < 1": false, "${none} != 1": true, "not(${none})": true, "selected(${s}, 'y')": true,
		"selected(${s}, 'z')": false, "count-selected(${s}) = 2": true, "string-length(${t}) = 2": true, "${t} = \"ab\"": true, "${d} = today()": true,
		"${d} < today()": false, "${d} > '2026-11-25'": true, "today() - ${d} = 0": true, "true() or false() and false()": true, "(true() or false()) and false()": false,
		"${t} = 'ab' = true()": true, "${n}>=5": true, ". = 'me'": true, "${t} = ‘ab’": true, "1 = 1 != false()": true,
	} {
		e, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := e.Holds(a, "me", noon); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestExpression_saysWhereItDoesNotGoOn(t *testing.T) {
	for text, want := range map[string]string{
		"": "unfinished", "1 +": "unfinished", "1 1": "expression 1 3", "${a} == 1": "expression = 7", "'x": "unfinished", "a": "expression a 1", "${a b}": "expression a b 1",
		"selected('x', 'x')": "selected selected", "pulldata('x')": "function pulldata", "not(1, 2)": "expression , 6", "../a = 1": "expression / 3", "1 | 2": "expression | 3",
		strings.Repeat("(", 60) + "1" + strings.Repeat(")", 60): "nested 40", strings.Repeat("1+", 600) + "1": "long 1000", strings.Repeat("-", 60) + "1": "nested 40", "1.2.3": "expression 1.2.3 1",
	} {
		_, err := Parse(text)
		if err == nil {
			t.Errorf("%s passes", text)
			continue
		}
		got := err.Code
		for i := 1; i < len(err.Args); i += 2 {
			got += fmt.Sprint(" ", err.Args[i])
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"${a} = 'x' and not(selected(${b}, 'y'))", "((1))", "-.5 div 0", "‘"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := Parse(s)
		if err == nil {
			e.Holds(Answers{"a": s}, s, noon)
			e.references()
			e.compared()
		} else if err.Code == "" {
			t.Error("no code")
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(whole1.file(f))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("type,name"))
	f.Fuzz(func(t *testing.T, data []byte) {
		form, faults := Read(data, langs)
		if (form == nil) == (len(faults) == 0) {
			t.Fatal("neither a form nor a fault, or both")
		}
		if form != nil {
			_, _ = form.Take(Answers{}, noon, nil)
			form.Pages()
		}
	})
}

func FuzzCheck(f *testing.F) {
	f.Add("a", "text", "${b} = 1", ". > 1", "b", "${a} = 2", 1)
	f.Fuzz(func(t *testing.T, a, kind, relevant, constraint, b, other string, in int) {
		form := Form{Groups: []Group{{Name: "g", Relevant: other, In: in % 3}}, Questions: []Question{
			{Name: a, Kind: Kind(kind), Label: Label{"": "A"}, Relevant: relevant, Constraint: constraint, In: 1, Row: 2}, {Name: b, Kind: Text, Label: Label{"": "B"}, Relevant: other, Row: 3}}}
		form.Check()
		form.Pages()
		form.Take(Answers{a: constraint, b: relevant}, noon, nil)
	})
}

func TestWhen_saysInWordsWhatHangsOnOneAnswer(t *testing.T) {
	f, _ := Read(whole1.file(t), langs)
	if q, c, ok := f.When(f.Question("other")); !ok || q.Name != "want" || c.Name != "other" {
		t.Error(q, c, ok)
	}
	if _, _, ok := f.When(f.Question("kids")); ok { // on a number
		t.Error("more than one answer")
	}
	if got := fmt.Sprint(f.Decides(f.Question("kids")), f.Decides(f.Question("age"))); got != "[age] []" {
		t.Error(got)
	}
}
