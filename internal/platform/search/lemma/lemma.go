// Package lemma knows the Croatian words whose forms the stemmer does not bring together: pas and psi, vozač and vozačica,
// raditi and radim.
//
// hr.table.gz is made by make lemmas from the dictionary hunspell-hr (LICENCE.hunspell-hr, beside it). All forms of a word
// of the dictionary have one key, the commonest stem among them; the table holds the forms whose own stem is another.
// It is no dictionary: a form that it does not hold may be a good word, whose stem is its key.
package lemma

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"sync"
)

//go:embed hr.table.gz
var croatian []byte

var loaded = sync.OnceValue(func() *table {
	t, err := read(croatian)
	if err != nil {
		panic("lemma: " + err.Error()) // the file is part of the program
	}
	return t
})

// Croatian gives the keys of a folded form, of every word that it is a form of, and nil where its stem is its only key.
// The table is unpacked when it is asked first: some 30 milliseconds, and 3 MB that stay.
func Croatian(form string) []string { return loaded().find(form) }

// table holds the forms in their order, each as the number of bytes it shares with the one before it and the rest, and its
// keys as edits of the form. A block starts anew, so that a form is found by its block and a few steps.
type table struct {
	shared, rest, edits []byte
	ways                [][]edit
	blocks              []block
}

// edit makes a key of a form: so many bytes less, then these.
type edit struct {
	cut int
	add string
}

type block struct {
	first       string
	rest, edits int
}

const perBlock = 64

func (t *table) find(form string) []string {
	b := sort.Search(len(t.blocks), func(i int) bool { return t.blocks[i].first > form }) - 1
	if b < 0 {
		return nil
	}
	rest, edits := t.blocks[b].rest, t.blocks[b].edits
	var at []byte
	for i := b * perBlock; i < min((b+1)*perBlock, len(t.shared)); i++ {
		end := rest + bytes.IndexByte(t.rest[rest:], '\n')
		at = append(at[:t.shared[i]], t.rest[rest:end]...)
		way, n := binary.Uvarint(t.edits[edits:])
		switch strings.Compare(string(at), form) {
		case 0:
			var keys []string
			for _, e := range t.ways[way] {
				keys = append(keys, form[:len(form)-e.cut]+e.add)
			}
			return keys
		case 1:
			return nil
		}
		rest, edits = end+1, edits+n
	}
	return nil
}

// Pack writes a table of forms and their keys.
func Pack(w io.Writer, keys map[string][]string) error {
	forms := make([]string, 0, len(keys))
	for f := range keys {
		forms = append(forms, f)
	}
	slices.Sort(forms)

	describe := func(form string) string {
		var b strings.Builder
		for _, k := range keys[form] {
			n := common(form, k)
			fmt.Fprintf(&b, "%d%s ", len(form)-n, k[n:])
		}
		return strings.TrimSpace(b.String())
	}
	count := map[string]int{}
	for _, f := range forms {
		count[describe(f)]++
	}
	ways := make([]string, 0, len(count))
	for d := range count {
		ways = append(ways, d)
	}
	slices.SortFunc(ways, func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a, b)
	})
	number := map[string]uint64{}
	for i, d := range ways {
		number[d] = uint64(i)
	}

	var shared, rest, edits []byte
	last := ""
	for i, f := range forms {
		if i%perBlock == 0 {
			last = ""
		}
		n := common(last, f)
		shared = append(shared, byte(n))
		rest = append(append(rest, f[n:]...), '\n')
		edits = binary.AppendUvarint(edits, number[describe(f)])
		last = f
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, part := range [][]byte{[]byte(strings.Join(ways, "\n")), shared, rest, edits} {
		if _, err := z.Write(binary.AppendUvarint(nil, uint64(len(part)))); err != nil {
			return err
		}
		if _, err := z.Write(part); err != nil {
			return err
		}
	}
	return z.Close()
}

func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func read(packed []byte) (*table, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	all, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	var parts [4][]byte
	for i := range parts {
		size, n := binary.Uvarint(all)
		if n <= 0 || size > uint64(len(all)-n) {
			return nil, errors.New("the table ends too early")
		}
		parts[i], all = slices.Clone(all[n:n+int(size)]), all[n+int(size):]
	}
	t := &table{shared: parts[1], rest: parts[2], edits: parts[3]}
	for way := range strings.SplitSeq(string(parts[0]), "\n") {
		var list []edit
		for word := range strings.SplitSeq(way, " ") {
			digits := strings.IndexFunc(word, func(r rune) bool { return r < '0' || r > '9' })
			if digits < 0 {
				digits = len(word)
			}
			e := edit{add: word[digits:]}
			for _, d := range word[:digits] {
				e.cut = 10*e.cut + int(d-'0')
			}
			list = append(list, e)
		}
		t.ways = append(t.ways, list)
	}
	rest, edits := 0, 0
	for i := range t.shared {
		end := bytes.IndexByte(t.rest[rest:], '\n')
		_, n := binary.Uvarint(t.edits[edits:])
		if end < 0 || n <= 0 {
			return nil, errors.New("the table ends too early")
		}
		if i%perBlock == 0 {
			t.blocks = append(t.blocks, block{string(t.rest[rest : rest+end]), rest, edits})
		}
		rest, edits = rest+end+1, edits+n
	}
	return t, nil
}
