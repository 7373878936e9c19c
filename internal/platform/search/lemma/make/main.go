// Command make writes the table of package lemma from the dictionary hunspell-hr.
//
//	go run ./internal/platform/search/lemma/make FOLDER OUT
//
// FOLDER holds hr_HR.aff and hr_HR.dic; see make lemmas.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"

	"kvart/internal/platform/i18n"
	"kvart/internal/platform/search/lemma"
	"kvart/internal/platform/search/stem"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: make FOLDER-OF-THE-DICTIONARY OUT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "make lemmas:", err)
		os.Exit(1)
	}
}

// letters are what a form of the table consists of: the rest is names of units, letters and the like.
var letters = regexp.MustCompile(`^[a-z]{2,}$`)

func run(folder, out string) error {
	words, err := readWords(folder)
	if err != nil {
		return err
	}
	stems := stemAll(words)
	keys := map[string][]string{}
	for _, forms := range words {
		k := commonest(forms, stems)
		for _, f := range forms {
			if !slices.Contains(keys[f], k) {
				keys[f] = append(keys[f], k)
			}
		}
	}
	all := len(keys)
	for f, k := range keys {
		if len(k) == 1 && k[0] == stems[f] {
			delete(keys, f)
			continue
		}
		slices.Sort(k)
	}
	var packed bytes.Buffer
	if err := lemma.Pack(&packed, keys); err != nil {
		return err
	}
	fmt.Printf("%d words with %d forms; the table holds %d of them in %d bytes\n", len(words), all, len(keys), packed.Len())
	return os.WriteFile(out, packed.Bytes(), 0o644)
}

// readWords gives the folded forms of every line of the dictionary.
func readWords(folder string) ([][]string, error) {
	aff, err := os.Open(filepath.Join(folder, "hr_HR.aff"))
	if err != nil {
		return nil, err
	}
	defer aff.Close()
	rules, err := readAffixes(aff)
	if err != nil {
		return nil, fmt.Errorf("hr_HR.aff: %w", err)
	}
	dic, err := os.Open(filepath.Join(folder, "hr_HR.dic"))
	if err != nil {
		return nil, err
	}
	defer dic.Close()
	var words [][]string
	lines := bufio.NewScanner(dic)
	lines.Scan() // the number of lines
	for lines.Scan() {
		var forms []string
		err := rules.forms(lines.Text(), func(form string) {
			if f := i18n.Fold(form); letters.MatchString(f) {
				forms = append(forms, f)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("hr_HR.dic: %w", err)
		}
		slices.Sort(forms)
		if forms = slices.Compact(forms); len(forms) > 0 {
			words = append(words, forms)
		}
	}
	return words, lines.Err()
}

// stemAll stems each form once.
func stemAll(words [][]string) map[string]string {
	stems := map[string]string{}
	for _, forms := range words {
		for _, f := range forms {
			stems[f] = ""
		}
	}
	todo := make([]string, 0, len(stems))
	for f := range stems {
		todo = append(todo, f)
	}
	done := make([]string, len(todo))
	var wait sync.WaitGroup
	n := runtime.NumCPU()
	for w := range n {
		wait.Go(func() {
			for i := w; i < len(todo); i += n {
				done[i] = stem.Croatian(todo[i])
			}
		})
	}
	wait.Wait()
	for i, f := range todo {
		stems[f] = done[i]
	}
	return stems
}

// commonest gives the stem that most of the forms have, the shortest and first of those as common.
func commonest(forms []string, stems map[string]string) string {
	count := map[string]int{}
	for _, f := range forms {
		count[stems[f]]++
	}
	best := ""
	for s, n := range count {
		if best == "" || n > count[best] || n == count[best] && (len(s) < len(best) || len(s) == len(best) && s < best) {
			best = s
		}
	}
	return best
}
