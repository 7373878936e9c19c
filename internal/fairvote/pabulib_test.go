package fairvote_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kvart/internal/fairvote"
)

// wieliczka is the green budget of Wieliczka of 2023. It is not ours, and read from a folder beside the repository:
// KVART_VOTES, or shared/data. A test that finds none is skipped.
func wieliczka(t testing.TB) *fairvote.File {
	t.Helper()
	folder := os.Getenv("KVART_VOTES")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "data")
	}
	data, err := os.ReadFile(filepath.Join(folder, "poland_wieliczka_2023_green-budget.pb"))
	if err != nil {
		t.Skipf("skipped: %v; KVART_VOTES names the folder of poland_wieliczka_2023_green-budget.pb", err)
	}
	f, err := fairvote.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWieliczka_isWhatWasOfficial(t *testing.T) {
	f := wieliczka(t)
	e := f.Election()
	if len(e.Projects) != 64 || len(e.Votes) != 6586 || len(f.Notes) > 0 {
		t.Fatalf("%d projects, %d votes, notes %v", len(e.Projects), len(e.Votes), f.Notes)
	}
	selected, _ := f.Selected()
	official, err := f.Official()
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]fairvote.Result{"from the file": official, "as named": count(t, e, equalShares(fairvote.Add1Overshoot))} {
		if len(r.Winners) != 30 || r.Spent != 995_079 {
			t.Errorf("%s: %d winners, %d spent", name, len(r.Winners), r.Spent)
		}
		for k, o := range r.Outcomes {
			if o.Won != selected[k] {
				t.Errorf("%s: %s won: %v, selected: %v", name, e.Projects[k].ID, o.Won, selected[k])
			}
		}
	}
	if r := count(t, e, equalShares(fairvote.Add1)); len(r.Winners) != 31 || r.Spent != 984_579 {
		t.Errorf("until nothing fits: %d winners, %d spent", len(r.Winners), r.Spent)
	}
}

const sample = `META
key;value
description;Mala; kuća
budget;1000.50
vote_type;approval
rule;greedy
colour;žuto
PROJECTS
project_id;cost;votes;name;selected;extra
1;600;3;"Klupe; i stolovi";1;x
2;400.5;2;"""Konik"" na trgu";1
b-3;300;0; Igralište ;0;
VOTES
voter_id;age;vote
v1;30;1,2
v2;;1
v3;44;
v4;9; 1 , 2
`

func parse(t testing.TB, text string) *fairvote.File {
	t.Helper()
	f, err := fairvote.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParse_keepsEverything(t *testing.T) {
	for name, text := range map[string]string{"as it is": sample, "with a mark": "\ufeff" + sample, "with CRLF": strings.ReplaceAll(sample, "\n", "\r\n"),
		"with empty lines": strings.ReplaceAll(sample, "\n", "\n\n"), "without the last line end": strings.TrimSuffix(sample, "\n"), "padded": strings.ReplaceAll(sample, "\n", ";;;\n")} {
		f := parse(t, text)
		e := f.Election()
		if f.Get("colour") != "žuto" || f.Get("description") != "Mala;kuća" || e.Budget != 10005 || e.Decimals != 1 {
			t.Errorf("%s: %+v, %+v", name, f.Meta, e)
		}
		if want := []fairvote.Project{{ID: "1", Name: "Klupe; i stolovi", Cost: 6000}, {ID: "2", Name: `"Konik" na trgu`, Cost: 4005}, {ID: "b-3", Name: "Igralište", Cost: 3000}}; !slices.Equal(e.Projects, want) {
			t.Errorf("%s: %+v", name, e.Projects)
		}
		if fmt.Sprint(e.Votes) != "[{[0 1] []} {[0] []} {[] []} {[0 1] []}]" {
			t.Errorf("%s: %v", name, e.Votes)
		}
		var b bytes.Buffer
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		if again := parse(t, b.String()); !reflect.DeepEqual(again, f) {
			t.Errorf("%s: written and read it differs:\n%s", name, b.String())
		}
	}
	if !slices.Contains(parse(t, strings.Replace(sample, "budget;1000.50", "budget;0\nnum_votes;5", 1)).Notes, "num_votes says 5, and there are 4") {
		t.Error("a wrong number of votes is not noted")
	}
	if f := parse(t, strings.Replace(sample, "v2;;1", "v2;;1,1", 1)); fmt.Sprint(f.Election().Votes[1], f.Notes) != "{[0] []} [1 approvals stand twice in one vote, and count once]" {
		t.Errorf("an approval that stands twice: %v, %v", f.Election().Votes[1], f.Notes)
	}
}

// points is the sample with ballots of another kind.
func points(kind, meta, votes string) string {
	return "META\nkey;value\nbudget;100\nvote_type;" + kind + "\n" + meta + "PROJECTS\nproject_id;cost\na;40\nb;50\nc;60\nVOTES\n" + votes
}

func TestParse_readsEveryKindOfBallot(t *testing.T) {
	for kind, c := range map[string]struct{ meta, votes, want string }{
		"approval":   {"", "voter_id;vote;points\n1;b,a;7\n", "[{[1 0] []}]"},
		"choose-1":   {"", "voter_id;vote\n1;b\n2;\n", "[{[1] []} {[] []}]"},
		"ordinal":    {"scoring_fn;Borda\n", "voter_id;vote\n1;c,a,b\n2;b\n3;\n", "[{[2 0 1] [3 2 1]} {[1] [1]} {[] []}]"},
		"cumulative": {"max_sum_points;10\n", "voter_id;points;vote\n1;7,2.5;c,a\n2;;\n", "[{[2 0] [70 25]} {[] []}]"},
		"scoring":    {"default_score;-1\n", "voter_id;vote;points\n1;c,a;7,-2\n", "[{[2 0 1] [7 -2 -1]}]"},
	} {
		if got := fmt.Sprint(parse(t, points(kind, c.meta, c.votes)).Election().Votes); got != c.want {
			t.Errorf("%s: %s, want %s", kind, got, c.want)
		}
	}
	f := parse(t, strings.Replace(points("ordinal", "", "voter_id;vote;points\n1;c,a;4,1\n"), "ordinal", "ORDINAL", 1))
	if got := fmt.Sprint(f.Election().Votes); got != "[{[2 0] [4 1]}]" {
		t.Errorf("ordinal with points: %s", got)
	}
}

func TestParse_saysLineAndColumnOfWhatIsWrong(t *testing.T) {
	at := func(old, new string) string {
		if !strings.Contains(sample, old) {
			t.Fatalf("%q is not in the sample", old)
		}
		return strings.Replace(sample, old, new, 1)
	}
	for text, want := range map[string]string{
		"":                                    "line 1, column 1: a .pb file has the sections",
		"PK\x03\x04":                          "line 1, column 1: a .pb file has the sections",
		"META\nkey;value\n":                   "line 3, column 1: a .pb file has the sections",
		at("key;value", "key:value"):          "line 2, column 1: META begins",
		at("colour;", "colour:"):              "line 7, column 1: a line of META",
		at("rule;", "budget;"):                "line 6, column 1: the key budget is there twice",
		at("budget;", "badget;"):              "line 8, column 1: META has no budget",
		at("1000.50", "-1"):                   "line 4, column 8: the budget \"-1\" is below 0",
		at("1000.50", "1e5"):                  "line 4, column 8: the budget \"1e5\" is no number",
		at("1000.50", "1,000"):                "line 4, column 8: the budget \"1,000\" can be read in two ways",
		at("1000.50", ""):                     "line 4, column 8: the budget \"\" is no number",
		at("1000.50", "99999999999999999999"): "line 4, column 8: the budget \"99999999999999999999\" is too large",
		at("1000.50", "99999999999999"):       "line 4, column 8: the amounts are too large",
		at("1000.50", "0.1234567"):            "line 4, column 8: the budget \"0.1234567\" has more than 6 decimals",
		at("vote_type;", "vote_kind;"):        "line 8, column 1: META has no vote_type",
		at("approval", "secret"):              "line 5, column 11: vote_type \"secret\"",
		at("PROJECTS", "PROJEKTI"):            "line 8, column 1: a line of META",
		at("project_id", "id"):                "line 9, column 1: the first column is project_id",
		at(";cost;", ";price;"):               "line 9, column 1: the column cost is missing",
		at(";name;", ";cost;"):                "line 9, column 23: each column",
		at("1;600", "1;-600"):                 "line 10, column 3: the cost \"-600\" of project 1 is below 0",
		at("1;600", "1;"):                     "line 10, column 3: the cost",
		at("400.5;2", "400.5;two"):            "line 11, column 9: votes \"two\"",
		at("b-3;", "2;"):                      "line 12, column 1: the project \"2\" is there twice",
		at("b-3;", ";"):                       "line 12, column 1: a project has an id",
		at("b-3;300;0; Igralište ;0;", "b-3"): "line 12, column 4: the cost \"\"",
		at("; Igralište ;", ";\"Igralište;"):  "line 12, column 11: the quotes are not closed",
		at("b-3;300;0; Igralište ;0;", "b-3;300;0; I; g;r;a"):            "line 12, column 19: more cells than columns",
		at("VOTES", "PROJECTS"):                                          "line 13, column 1: a .pb file has the sections",
		at("voter_id;", "voter;"):                                        "line 14, column 1: the first column is voter_id",
		at("age;vote", "age;votes"):                                      "line 14, column 1: the column vote is missing",
		at("v2;;1", "v1;;1"):                                             "line 16, column 1: the voter \"v1\" is there twice",
		at("v2;;1", ";;1"):                                               "line 16, column 1: a vote has a voter_id",
		at("v2;;1", "v2;;1,7"):                                           "line 16, column 5: the vote of \"v2\" names the project \"7\"",
		at("v2;;1", "v2;;1;5"):                                           "line 16, column 7: more cells",
		at("b-3;300", "\"b\n3\";x"):                                      "line 13, column 4: the cost \"x\" of project b 3",
		at("v2;", "META\nv2;"):                                           "line 16, column 1: a .pb file has the sections",
		at("žuto", "ž\xffuto"):                                           "line 7, column 9: a byte that is no UTF-8",
		at("žuto", "žu\x00to"):                                           "line 7, column 10: a NUL byte",
		points("choose-1", "", "voter_id;vote\n1;a,b\n"):                 "line 12, column 3: the vote of \"1\" names 2 projects",
		points("cumulative", "", "voter_id;vote\n1;a\n"):                 "line 11, column 1: the column points is missing",
		points("cumulative", "", "voter_id;vote;points\n1;a;-1\n"):       "line 12, column 5: the points \"-1\"",
		points("cumulative", "", "voter_id;vote;points\n1;a;\n"):         "line 12, column 5: the vote of \"1\" names 1 projects and gives 0 points",
		points("scoring", "", "voter_id;vote;points\n1;a,b;x,1\n"):       "line 12, column 7: the points \"x\"",
		points("ordinal", "", "voter_id;vote\n1;b,a,b\n"):                "line 12, column 3: the vote of \"1\" names the project \"b\" twice",
		points("scoring", "default_score;?\n", "voter_id;vote;points\n"): "line 5, column 15: default_score",
		points("approval", "num_votes;many\n", "voter_id;vote\n"):        "line 5, column 11: num_votes",
	} {
		_, err := fairvote.Parse([]byte(text))
		var m *fairvote.Malformed
		if !errors.As(err, &m) || !strings.HasPrefix(err.Error(), want) || strings.ContainsRune(err.Error(), '\n') {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(points("scoring", "default_score;2\n", "voter_id;vote;points\n1;c,a;7,-2\n")))
	f.Add([]byte(points("cumulative", "rule;equalshares/add1-comparison\n", "voter_id;vote;points\n1;c,a;7.5,2\n2;b;1\n")))
	f.Add([]byte(points("ordinal", "rule;greedy-threshold\nmin_project_score_threshold;2\n", "voter_id;vote\n1;c,a\n2;b\n")))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := fairvote.Parse(data)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("an error of more than one line: %q", err)
			}
			return
		}
		var b bytes.Buffer
		if err := x.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := fairvote.Parse(b.Bytes())
		if err != nil || !reflect.DeepEqual(again, x) {
			t.Fatalf("written and read it differs (%v):\n%q", err, b.Bytes())
		}
		e := x.Election()
		if err := e.Check(); err != nil {
			t.Fatal(err)
		}
		if len(e.Votes)*len(e.Projects) > 1000 {
			return
		}
		r, err := x.Official()
		if err == nil && r.Spent > e.Budget {
			t.Fatal("more spent than there is")
		}
		for _, c := range fairvote.Completions {
			if r := count(t, e, equalShares(c)); r.Spent > e.Budget {
				t.Fatal("more spent than there is")
			}
		}
	})
}

func TestNewFile_isReadAsTheSameElection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := elections(t, 60)
		e.Decimals = rapid.IntRange(0, 3).Draw(t, "decimals")
		for k := range e.Projects {
			e.Projects[k].Withdrawn = false
			e.Projects[k].Name = strings.TrimSpace(rapid.StringOf(rapid.SampledFrom([]rune{'a', 'ž', ' ', ';', '"', '\n', ','})).Draw(t, "name"))
		}
		for i := range e.Votes {
			e.Votes[i].Points = nil
		}
		p := parameters(t)
		r := count(t, e, p)
		f, err := fairvote.NewFile([]fairvote.Field{{Key: "rule", Value: "unknown"}}, e, r.Winners)
		if err != nil {
			t.Fatal(err)
		}
		again := f.Election()
		if p.Step == 0 && again.Decimals == e.Decimals {
			if x := count(t, again, p); ids(again, x.Winners) != ids(e, r.Winners) || x.Spent != r.Spent {
				t.Fatalf("%s, and read again %s", ids(e, r.Winners), ids(again, x.Winners))
			}
		}
		selected, _ := f.Selected()
		for k, q := range again.Projects {
			if q.Name != e.Projects[k].Name || q.ID != e.Projects[k].ID || selected[k] != r.Outcomes[k].Won || fairvote.Decimal(q.Cost, again.Decimals) != fairvote.Decimal(e.Projects[k].Cost, e.Decimals) {
				t.Fatalf("%+v, and read again %+v", e.Projects[k], q)
			}
		}
	})
}

// official counts projects "id;cost;votes or score" in this order by a rule.
func official(t *testing.T, rule, kind, column, projects, ballots string) (string, error) {
	t.Helper()
	head := "voter_id;vote"
	if kind == "cumulative" {
		head += ";points"
	}
	f := parse(t, "META\nkey;value\nbudget;100\nvote_type;"+kind+"\nrule;"+rule+"\nPROJECTS\nproject_id;cost"+column+"\n"+projects+"VOTES\n"+head+"\n"+ballots)
	r, err := f.Official()
	if err == nil {
		if text := r.Document(f.Election(), nil); len(text.Winners) != len(r.Winners) {
			t.Error("winners are lost")
		}
	}
	return ids(f.Election(), r.Winners), err
}

func TestOfficial_appliesTheRuleAsTheLibraryMeansIt(t *testing.T) {
	list := "a;60;9\nb;50;9\nc;999999999;8\nd;30;7\ne;10;2\n"
	for _, c := range []struct{ name, rule, kind, column, projects, ballots, want string }{
		{"the dear one is passed over, equal scores by the file", "greedy", "approval", ";votes", list, "", "ade"},
		{"and the other way round", "greedy", "approval", ";votes", "b;50;9\na;60;9\nc;999999999;8\nd;30;7\ne;10;2\n", "", "bde"},
		{"it stops at the first that does not fit", "greedy-no-skip", "approval", ";votes", list, "", "a"},
		{"a withdrawn one does not stop it", "greedy-no-skip", "approval", ";votes", "c;999999999;10\nb;50;9\nd;30;7\ne;10;2\n", "", "bde"},
		{"too few votes", "greedy-threshold\nmin_project_score_threshold;7", "approval", ";votes", list, "", "ad"},
		{"too few votes are passed over", "greedy-no-skip\nmin_project_score_threshold;3", "approval", ";votes", "a;60;9\nd;40;7\ne;10;2\n", "", "ad"},
		{"by the ballots where there is no column", "greedy", "approval", "", "a;60\nb;50\n", "1;b\n2;\n", "b"},
		{"by the score, not the votes", "greedy", "cumulative", ";votes;score", "a;60;5;10\nb;50;1;20\n", "", "b"},
		{"by the points where there is no score", "greedy", "cumulative", ";votes", "a;60;2\nb;50;1\n", "1;a;1\n2;a;1\n3;b;5\n", "b"},
		{"by places", "greedy", "ordinal", "", "a;60\nb;50\n", "1;b,a\n2;b,a\n3;a\n", "b"},
		{"choose-1", "greedy", "choose-1", "", "a;60\nb;50\n", "1;b\n2;b\n3;a\n", "b"},
		{"unsupported ones fit too", "greedy", "approval", ";votes", "a;60;0\nb;30;4\n", "", "ba"},
		// Each of four has 25: a is paid, and b's two have 5 + 25.
		{"equal shares", "equalshares", "approval", "", "a;60\nb;40\n", "1;a\n2;a,b\n3;a\n4;b\n", "a"},
		{"raised until overshoot", "equalshares/add1", "approval", "", "a;60\nb;40\n", "1;a\n2;a,b\n3;a\n4;b\n", "ab"},
		{"a project dearer than the budget ends the raising", "equalshares/add1", "approval", "", "x;110\nb;40\n", "1;x\n2;x\n3;x\n4;x,b\n", ""},
		{"withdrawn ones never win", "equalshares/add1", "approval", "", "c;999999999\nb;40\n", "1;c\n2;c\n3;c\n4;c,b\n", "b"},
		{"equal ones to the cheapest", "equalshares", "approval", "", "a;60\nb;50\n", "1;a,b\n2;a,b\n", "b"},
		{"then by the file", "equalshares", "approval", "", "b;60\na;60\n", "1;a,b\n2;a,b\n", "b"},
		// The most votes take a; three have more of that and one of b.
		{"more voters prefer the most votes", "equalshares-comparison", "approval", "", "a;100\nb;20\n", "1;a\n2;a\n3;a\n4;b\n", "a"},
		{"without comparing", "equalshares", "approval", "", "a;100\nb;20\n", "1;a\n2;a\n3;a\n4;b\n", "b"},
		{"as many prefer each", "equalshares/add1-comparison", "approval", "", "a;60\nb;30\nc;20\n", "1;a\n2;a\n3;b,c\n4;b,c\n", "cb"},
	} {
		got, err := official(t, c.rule, c.kind, c.column, c.projects, c.ballots)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestOfficial_saysWhereTheRuleIsNotDefined(t *testing.T) {
	for _, rule := range []string{"", "unknown", "greedy-custom", "greedy-exclusive", "greedy-threshold", "greedy-threshold\nmin_project_score_threshold;x", "equalshares/add2", "phragmen"} {
		_, err := official(t, rule, "approval", "", "a;60\n", "1;a\n")
		var u *fairvote.Undefined
		if !errors.As(err, &u) {
			t.Errorf("%q: %v", rule, err)
		}
	}
}

// The library's files come from many offices: decimals are parted by a point or by a comma.
func TestParse_decimalsMayBePartedByAComma(t *testing.T) {
	f := parse(t, "META\nkey;value\nbudget;1000,50\nvote_type;approval\nrule;greedy-no-skip\nPROJECTS\nproject_id;cost;votes\na;500,25;3\nw;999999999,00;3\nb;500.25;2\nc;0,5;1\nVOTES\nvoter_id;vote\n1;a\n")
	e := f.Election()
	if e.Decimals != 2 || e.Budget != 100050 || e.Projects[0].Cost != 50025 || e.Projects[2].Cost != 50025 || e.Projects[3].Cost != 50 || !e.Projects[1].Withdrawn {
		t.Errorf("%+v", e)
	}
	r, err := f.Official()
	if err != nil || ids(e, r.Winners) != "ab" || r.Spent != 100050 {
		t.Errorf("%s win, %d is spent, %v", ids(e, r.Winners), r.Spent, err)
	}
	for _, bad := range []string{"1.000,50", "1,000", "1,000,50", ",", "1,-5"} {
		if _, err := fairvote.Parse([]byte("META\nkey;value\nbudget;" + bad + "\nvote_type;approval\nPROJECTS\nproject_id;cost\na;1\nVOTES\nvoter_id;vote\n1;a\n")); err == nil {
			t.Errorf("%q is read as an amount", bad)
		}
	}
}
