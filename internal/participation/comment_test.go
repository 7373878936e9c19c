package participation_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kvart/internal/network"
	. "kvart/internal/participation"
	"kvart/internal/platform/db"
	"kvart/internal/platform/dbtest"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
)

// commented turns comments on at the centre and returns a public proposal.
func (w *town) commented() string {
	w.t.Helper()
	w.exec(`UPDATE centres SET features = :f WHERE id = :c`, db.Args{"f": network.FeatureList{network.FeatureComments}, "c": w.centre})
	id := w.propose(nil)
	w.show(id)
	return id
}

// remark is a comment on the proposal; it returns its id.
func (w *town) remark(id, words string) (comment string) {
	w.t.Helper()
	w.must(w.AddComment(w.t.Context(), Comment{ProposalID: id, Lang: i18n.HR, Words: words}, ""))
	w.must(w.DB.Get(w.t.Context(), &comment, `SELECT id FROM proposal_comments WHERE words = :w`, db.Args{"w": words}))
	return comment
}

func (w *town) comments(id string, all bool) []Comment {
	w.t.Helper()
	list, err := w.Comments(w.t.Context(), w.DB, id, all)
	w.must(err)
	return list
}

func TestComment_nothingShowsBeforeItWasReadAndOffIsOff(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		off := w.propose(nil)
		w.show(off)
		wantFault(t, w.AddComment(ctx, Comment{ProposalID: off, Lang: i18n.HR, Words: "Divno."}, ""), fault.KindNotFound, "")
		id := w.commented()
		unread := w.propose(nil)
		wantFault(t, w.AddComment(ctx, Comment{ProposalID: unread, Lang: i18n.HR, Words: "Divno."}, ""), fault.KindNotFound, "")
		for field, c := range map[string]Comment{"words": {Words: " \n"}, "comment_name": {Words: "Da.", PublicName: strings.Repeat("ž", 61)}} {
			c.ProposalID, c.Lang = id, i18n.HR
			wantField(t, w.AddComment(ctx, c, ""), field)
		}
		for _, words := range []string{strings.Repeat("ž", 601), "Zovite 091 234 5678", "susjeda@kvart.example"} {
			wantField(t, w.AddComment(ctx, Comment{ProposalID: id, Lang: i18n.HR, Words: words}, ""), "words")
		}
		comment := w.remark(id, "Došli bismo i s djecom.")
		if len(w.comments(id, false)) != 0 {
			t.Fatal("it shows before anybody read it")
		}
		tasks, err := w.Tasks(ctx, w.centre, w.now)
		w.must(err)
		found := false
		for _, x := range tasks {
			found = found || x.Title == "participation.task.comment" && x.Address == "/desk/proposals/"+id+"#comments"
		}
		if !found {
			t.Errorf("nobody is asked to read it: %+v", tasks)
		}
		wantFault(t, w.DecideComment(ctx, w.other, id, CommentDecision{CommentID: comment, To: CommentShown}, "test"), fault.KindNotFound, "")
		wantFault(t, w.DecideComment(ctx, w.centre, unread, CommentDecision{CommentID: comment, To: CommentShown}, "test"), fault.KindNotFound, "")
		w.must(w.DecideComment(ctx, w.centre, id, CommentDecision{CommentID: comment, To: CommentShown}, "test"))
		if list := w.comments(id, false); len(list) != 1 || list[0].DecidedOn != "2026-11-26" {
			t.Errorf("%+v", list)
		}
		wantFault(t, w.DecideComment(ctx, w.centre, id, CommentDecision{CommentID: comment, To: CommentShown}, "test"), fault.KindConflict, "")
		if n := w.number(`SELECT COUNT(*) FROM audit_rows WHERE action LIKE 'comment.%'`, nil); n != 2 {
			t.Errorf("%d notes", n)
		}
	})
}

func TestComment_refusedOrTakenDownKeepsAReasonAndLosesItsTextInTime(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		id := w.commented()
		refused, down, shown := w.remark(id, "Ovo je ružno."), w.remark(id, "Ovo je ime susjeda."), w.remark(id, "Ovo je lijepo.")
		decide := func(comment, to, reason string) error {
			return w.DecideComment(ctx, w.centre, id, CommentDecision{CommentID: comment, To: to, Reason: reason}, "test")
		}
		wantField(t, decide(refused, CommentRefused, ""), "reason-"+refused)
		wantField(t, decide(refused, CommentRefused, strings.Repeat("ž", 301)), "reason-"+refused)
		wantFault(t, decide(refused, CommentDown, "Jer."), fault.KindConflict, "")
		wantFault(t, decide(refused, "", "Jer."), fault.KindConflict, "")
		w.must(decide(refused, CommentRefused, "vrijeđa"))
		w.must(decide(refused, CommentShown, "")) // who decides may change their mind
		w.must(decide(refused, CommentDown, "ipak vrijeđa"))
		w.must(decide(down, CommentShown, ""))
		w.must(decide(down, CommentDown, "spominje osobu"))
		w.must(decide(shown, CommentShown, ""))
		if list := w.comments(id, false); len(list) != 1 || list[0].ID != shown {
			t.Fatalf("%+v", list)
		}
		w.now = w.now.AddDate(0, 0, CommentDays-1)
		w.must(w.ForgetComments(ctx))
		if n := w.number(`SELECT COUNT(*) FROM proposal_comments WHERE words = ''`, nil); n != 0 {
			t.Errorf("%d texts went a day early", n)
		}
		w.now = w.now.AddDate(0, 0, 1)
		w.must(w.ForgetComments(ctx))
		if n := w.number(`SELECT COUNT(*) FROM proposal_comments WHERE words = '' AND reason <> ''`, nil); n != 2 || w.number(`SELECT COUNT(*) FROM proposal_comments WHERE words <> ''`, nil) != 1 {
			t.Errorf("%d texts are gone", n)
		}
		wantFault(t, decide(down, CommentShown, ""), fault.KindConflict, "")
		for q, want := range map[string]string{`UPDATE proposal_comments SET words = 'drugo' WHERE id = :id`: "append-only", `UPDATE proposal_comments SET state = 'waiting', decided_on = '' WHERE id = :id`: "transition"} {
			if _, err := w.DB.Exec(ctx, q, db.Args{"id": shown}); db.Refused(err) != want {
				t.Errorf("%s: %v", q, err)
			}
		}
	})
}

func TestComment_goesWithTheProposalThatIsWithdrawn(t *testing.T) {
	w := newTown(t, dbtest.SQLite(t))
	w.commented()
	a := w.asking(nil)
	id, err := w.Propose(t.Context(), a)
	w.must(err)
	w.show(id)
	w.remark(id, "Lijepo.")
	w.must(w.Withdraw(t.Context(), a.Code))
	if list := w.comments(id, true); list[0].State != CommentDown || list[0].Reason == "" {
		t.Errorf("%+v", list)
	}
}

func TestPages_aCommentIsReadLetThroughAndTakenDown(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.commented()
		visitor, team := w.browser(""), w.browser(network.Coordinator)
		page := visitor.page("/hr/proposals/"+id, nil)
		form := url.Values{"words": {""}, "comment_name": {"Susjeda s trećeg"}, "form_key": {page.Find(`#comments input[name="form_key"]`).AttrOr("value", "")}}
		doc, status := visitor.open("/hr/proposals/"+id+"/comment", form)
		if status != http.StatusUnprocessableEntity || doc.Find("#e-words").Length() != 1 || doc.Find("#f-comment_name").AttrOr("value", "") != "Susjeda s trećeg" {
			t.Fatalf("empty: %d", status)
		}
		form.Set("words", "Donosim kolače. <b>Važno</b>")
		for range 2 { // sent twice it is one
			if doc := visitor.page("/hr/proposals/"+id+"/comment", form); !strings.Contains(doc.Find("#comments [role=status]").Text(), "Hvala") || strings.Contains(doc.Text(), "kolače") {
				t.Error(doc.Find("#comments").Text())
			}
		}
		if len(visitor.http.Jar.Cookies(doc.Url)) != 0 {
			t.Error("a cookie for who comments")
		}
		if n := w.number(`SELECT COUNT(*) FROM proposal_comments`, nil); n != 1 {
			t.Fatalf("%d were kept", n)
		}
		at := "/desk/proposals/" + id
		comment := team.page(at, nil).Find(`#comments input[name="comment"]`).First().AttrOr("value", "")
		team.page(at+"/comment", url.Values{"comment": {comment}, "to": {"shown"}})
		if text := visitor.page("/hr/proposals/"+id, nil).Find("#comments").Text(); !strings.Contains(text, "Donosim kolače. <b>Važno</b>") || !strings.Contains(text, "Susjeda s trećeg") {
			t.Error(text)
		}
		if doc, status := team.open(at+"/comment", url.Values{"comment": {comment}, "to": {"down"}}); status != http.StatusUnprocessableEntity || doc.Find("#e-reason-"+comment).Length() != 1 {
			t.Errorf("without a reason: %d", status)
		}
		team.page(at+"/comment", url.Values{"comment": {comment}, "to": {"down"}, "reason-" + comment: {"reklama"}})
		if text := visitor.page("/hr/proposals/"+id, nil).Find("main").Text(); strings.Contains(text, "kolače") || strings.Contains(text, "reklama") {
			t.Error(text)
		}
		if _, status := w.browser(network.Host).open(at+"/comment", url.Values{"comment": {comment}, "to": {"shown"}}); status != http.StatusForbidden {
			t.Errorf("whoever is on duty decides: %d", status)
		}
		w.exec(`UPDATE proposal_comments SET state = 'shown', reason = ''`, nil)
		w.exec(`UPDATE centres SET features = '[]'`, nil)
		if page := visitor.page("/hr/proposals/"+id, nil); page.Find("#comments").Length() != 0 {
			t.Error("off, and still there")
		}
		if _, status := visitor.open("/hr/proposals/"+id+"/comment", form); status != http.StatusNotFound {
			t.Errorf("off, and still taken: %d", status)
		}
	})
}
