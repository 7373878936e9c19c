package xlsform

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// repacked is the workbook with the parts that change returns.
func repacked(t *testing.T, data []byte, change func(name string, body []byte) []byte) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, part := range in.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
		w, err := out.Create(part.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(change(part.Name, body.Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A list of long answers that every question names is in the form once a question: small as a file, huge as a form.
func TestRead_aFormThatGrowsIsRefused(t *testing.T) {
	survey, choices := "type|name|label\n", "list_name|name|label\n"
	for i := range MaxQuestions {
		survey += fmt.Sprintf("select_one l|q%d|Pitanje\n", i)
	}
	for i := range MaxChoices {
		choices += fmt.Sprintf("l|a%d|%s\n", i, strings.Repeat("x", MaxLabel))
	}
	file := sheets{"survey": survey, "choices": choices}.file(t)
	form, faults := Read(file, langs)
	if form != nil {
		body, _ := json.Marshal(form)
		t.Fatalf("a file of %d KB is a form of %d MB", len(file)>>10, len(body)>>20)
	}
	if len(faults) != 1 || faults[0].Code != "texts" {
		t.Error(faults)
	}
}

// A formula without a value in the last column that a sheet can have fills its row with nothing.
func TestRead_emptyCellsFarOutTakeNoMemory(t *testing.T) {
	file := repacked(t, sheets{"survey": "type|name|label\ntext|q|Pitanje"}.file(t), func(name string, body []byte) []byte {
		if name != "xl/worksheets/sheet2.xml" && name != "xl/worksheets/sheet1.xml" {
			return body
		}
		var rows strings.Builder
		for i := 3; i < maxRows; i++ {
			fmt.Fprintf(&rows, `<row r="%d"><c r="XFD%d"><f></f></c></row>`, i, i)
		}
		return bytes.Replace(body, []byte("</sheetData>"), []byte(rows.String()+"</sheetData>"), 1)
	})
	var before, after runtime.MemStats
	most := uint64(0)
	done, over := make(chan bool), make(chan bool)
	runtime.GC()
	runtime.ReadMemStats(&before)
	go func() {
		for {
			select {
			case <-done:
				close(over)
				return
			case <-time.After(20 * time.Millisecond):
				runtime.ReadMemStats(&after)
				most = max(most, after.HeapAlloc)
			}
		}
	}()
	began := time.Now()
	form, faults := Read(file, langs)
	close(done)
	<-over
	if mb := (most - min(most, before.HeapAlloc)) >> 20; mb > 200 || time.Since(began) > 5*time.Second {
		t.Errorf("a file of %d KB takes %d MB and %v: form %v, %v", len(file)>>10, mb, time.Since(began), form != nil, faults)
	}
	if form != nil || len(faults) != 1 || faults[0].Code != "columns" || faults[0].Row != 3 || faults[0].Column != "XFD" {
		t.Error(faults)
	}
}

// Every page of a sitting asks again of whom what is asked: a long form's conditions are read once, not at each look.
func TestTake_readsConditionsOnce(t *testing.T) {
	f := &Form{}
	for i := range MaxQuestions {
		q := Question{Name: fmt.Sprintf("q%d", i), Kind: Text, Label: Label{"": "Pitanje"}}
		if i > 0 {
			one := fmt.Sprintf("${q%d} != 'x'", i-1)
			q.Relevant = one + strings.Repeat(" and "+one, 20)
		}
		f.Questions = append(f.Questions, q)
	}
	if faults := f.Check(); len(faults) > 0 {
		t.Fatal(faults)
	}
	if n := testing.AllocsPerRun(5, func() { f.Take(Answers{}, time.Time{}, nil) }); n > 10000 {
		t.Errorf("a look at the answers makes %v objects", n)
	}
}
