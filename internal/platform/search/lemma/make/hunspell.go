package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// affixes are the rules of a hunspell .aff file with FLAG long: those that make forms, and the aliases of sets of flags.
type affixes struct {
	aliases  []string
	suffixes map[string][]affix
	prefixes map[string][]affix
}

type affix struct {
	cut, add string
	when     *regexp.Regexp
	cross    bool
}

// readAffixes reads the file. What makes no form of a word (compounds, suggestions) is passed over.
func readAffixes(r io.Reader) (*affixes, error) {
	a := &affixes{suffixes: map[string][]affix{}, prefixes: map[string][]affix{}}
	crosses := map[string]bool{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		f := strings.Fields(lines.Text())
		if len(f) == 0 {
			continue
		}
		if (f[0] == "FLAG" || f[0] == "AF") && len(f) < 2 {
			return nil, fmt.Errorf("line %d: %q ends too early", n, lines.Text())
		}
		switch f[0] {
		case "FLAG":
			if f[1] != "long" {
				return nil, fmt.Errorf("line %d: flags are %s; this program reads long ones", n, f[1])
			}
		case "AF":
			a.aliases = append(a.aliases, f[1]) // the first holds their number, so that aliases count from 1
		case "SFX", "PFX":
			if len(f) >= 4 && (f[2] == "Y" || f[2] == "N") && digits(f[3]) {
				crosses[f[0]+f[1]] = f[2] == "Y"
				continue
			}
			if len(f) < 5 {
				return nil, fmt.Errorf("line %d: %q is no rule", n, lines.Text())
			}
			rule := affix{cut: f[2], add: f[3], cross: crosses[f[0]+f[1]]}
			if strings.Contains(rule.add, "/") {
				return nil, fmt.Errorf("line %d: affixes of affixes are not read", n)
			}
			if rule.cut == "0" {
				rule.cut = ""
			}
			if rule.add == "0" {
				rule.add = ""
			}
			to, pattern := a.suffixes, f[4]+"$"
			if f[0] == "PFX" {
				to, pattern = a.prefixes, "^"+f[4]
			}
			var err error
			if rule.when, err = regexp.Compile(pattern); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			to[f[1]] = append(to[f[1]], rule)
		}
	}
	return a, lines.Err()
}

func digits(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// forms calls f with every form of one line of the .dic file, the word itself first.
func (a *affixes) forms(line string, f func(form string)) error {
	line, _, _ = strings.Cut(line, "\t")
	word, flags, _ := strings.Cut(strings.TrimSpace(line), "/")
	if word == "" {
		return nil
	}
	f(word)
	if flags == "" {
		return nil
	}
	if i, err := strconv.Atoi(flags); err == nil {
		if i < 1 || i >= len(a.aliases) {
			return fmt.Errorf("%q: no alias %d", line, i)
		}
		flags = a.aliases[i]
	}
	if len(flags)%2 != 0 {
		return fmt.Errorf("%q: flags %q are not of two letters each", line, flags)
	}
	prefixed := func(stem string, crossing bool) {
		for i := 0; i < len(flags); i += 2 {
			for _, p := range a.prefixes[flags[i:i+2]] {
				if (!crossing || p.cross) && strings.HasPrefix(stem, p.cut) && p.when.MatchString(stem) {
					f(p.add + stem[len(p.cut):])
				}
			}
		}
	}
	prefixed(word, false)
	for i := 0; i < len(flags); i += 2 {
		for _, s := range a.suffixes[flags[i:i+2]] {
			root, ok := strings.CutSuffix(word, s.cut)
			if !ok || !s.when.MatchString(word) {
				continue
			}
			f(root + s.add)
			if s.cross {
				prefixed(root+s.add, true)
			}
		}
	}
	return nil
}
