package network

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"kvart/internal/platform/i18n"
)

// yamlFile is a read file that knows where everything stands in it.
type yamlFile struct {
	doc  Document
	body ast.Node
}

// readFile reads the file, or says what is wrong with it as a file: bytes, syntax, unknown keys, wrong kinds of values.
func readFile(data []byte) (*yamlFile, []FileFault) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if f, bad := encodingFault(data); bad {
		return nil, []FileFault{f}
	}
	if line, bad := tooDeep(data); bad {
		return nil, []FileFault{{Line: line, Column: 1, Key: "network.import.fault.deep"}}
	}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, []FileFault{yamlFault(err)}
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return nil, []FileFault{{Line: 1, Column: 1, Key: "network.import.fault.empty"}}
	}
	if len(tree.Docs) > 1 {
		return nil, []FileFault{{Line: tree.Docs[1].Body.GetToken().Position.Line, Column: 1, Key: "network.import.fault.documents"}}
	}
	f := &yamlFile{body: tree.Docs[0].Body}
	if unfolded(f.body, map[string]int{}) > mostValues {
		return nil, []FileFault{{Line: 1, Column: 1, Key: "network.import.fault.unfolds"}}
	}
	var faults []FileFault
	unknownKeys(f.body, reflect.TypeFor[Document](), "", &faults)
	if len(faults) > 0 {
		return nil, faults
	}
	if err := yaml.NodeToValue(f.body, &f.doc); err != nil {
		return nil, []FileFault{yamlFault(err)}
	}
	return f, nil
}

// mostDeep is how deep brackets, or dashes at the beginning of a line, may stand within each other; a network needs six.
const mostDeep = 100

// tooDeep looks before the parser does, whose memory grows with the depth. Brackets in texts count too.
func tooDeep(data []byte) (line int, bad bool) {
	depth, dashes, begins := 0, 0, true
	line = 1
	for _, c := range data {
		switch c {
		case '\n':
			line, dashes, begins = line+1, 0, true
		case '[', '{':
			depth, begins = depth+1, false
		case ']', '}':
			depth, begins = max(0, depth-1), false
		case '-', '?':
			if begins {
				dashes++
			}
		case ' ', '\t':
		default:
			begins = false
		}
		if depth > mostDeep || dashes > mostDeep {
			return line, true
		}
	}
	return 0, false
}

// mostValues is how many values a file may have once its aliases stand for what they name: a short file of aliases of
// aliases would fill any memory.
const mostValues = 1 << 20

// unfolded counts them, and stops counting above mostValues.
func unfolded(n ast.Node, named map[string]int) (values int) {
	add := func(n ast.Node) { values = min(values+unfolded(n, named), mostValues+1) }
	switch n := n.(type) {
	case *ast.AnchorNode:
		add(n.Value)
		named[n.Name.GetToken().Value] = values
	case *ast.AliasNode:
		values = max(1, named[n.Value.GetToken().Value])
	case *ast.TagNode:
		add(n.Value)
	case *ast.MappingNode:
		for _, v := range n.Values {
			add(v)
		}
	case *ast.MappingValueNode:
		add(n.Value)
	case *ast.SequenceNode:
		for _, v := range n.Values {
			add(v)
		}
	default:
		values = 1
	}
	return values
}

// yamlFault is what the YAML library found, with its place.
func yamlFault(err error) FileFault {
	f := FileFault{Line: 1, Column: 1, Key: "network.import.fault.syntax"}
	var e yaml.Error
	if errors.As(err, &e) {
		if t := e.GetToken(); t != nil && t.Position != nil {
			f.Line, f.Column = t.Position.Line, t.Position.Column
			f.Field = strings.TrimSpace(t.Value)
		}
		var wrong *yaml.TypeError
		if errors.As(err, &wrong) {
			f.Key, f.Args = "network.import.fault.kind", []any{"value", f.Field}
			return f
		}
		f.Args = []any{"what", e.GetMessage()}
		return f
	}
	f.Args = []any{"what", err.Error()}
	return f
}

// unknownKeys walks the file beside the type it is read into, so that every unknown key is named at once.
func unknownKeys(n ast.Node, t reflect.Type, path string, faults *[]FileFault) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n = unwrap(n); n.Type() == ast.AliasType {
		return // what it stands for is looked at where it is written
	}
	add := func(tk *token.Token, path, key string, args ...any) {
		*faults = append(*faults, FileFault{tk.Position.Line, tk.Position.Column, path, key, args})
	}
	switch t.Kind() {
	case reflect.Struct:
		if n.Type() == ast.NullType {
			return
		}
		values, ok := mapping(n)
		if !ok {
			add(n.GetToken(), path, "network.import.fault.mapping")
			return
		}
		known := map[string]reflect.Type{}
		var names []string
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
			known[name] = t.Field(i).Type
			names = append(names, name)
		}
		for _, v := range values {
			key := v.Key.GetToken()
			inner, ok := known[key.Value]
			at := strings.TrimPrefix(path+"."+key.Value, ".")
			if !ok {
				add(key, at, "network.import.fault.unknown_key", "key", key.Value, "known", strings.Join(names, ", "))
				continue
			}
			unknownKeys(v.Value, inner, at, faults)
		}
	case reflect.Map:
		if t != reflect.TypeFor[i18n.Text]() || n.Type() == ast.NullType {
			return
		}
		values, ok := mapping(n)
		if !ok {
			add(n.GetToken(), path, "network.import.fault.text")
			return
		}
		for _, v := range values {
			if _, ok := i18n.Parse(v.Key.GetToken().Value); !ok {
				add(v.Key.GetToken(), path, "network.import.fault.language", "lang", v.Key.GetToken().Value)
			}
		}
	case reflect.Slice:
		if n.Type() == ast.NullType {
			return
		}
		list, ok := unwrap(n).(*ast.SequenceNode)
		if !ok {
			add(n.GetToken(), path, "network.import.fault.list")
			return
		}
		for i, v := range list.Values {
			unknownKeys(v, t.Elem(), fmt.Sprintf("%s[%d]", path, i), faults)
		}
	}
}

// unwrap is what an anchor names.
func unwrap(n ast.Node) ast.Node {
	if a, ok := n.(*ast.AnchorNode); ok {
		return a.Value
	}
	return n
}

func mapping(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := unwrap(n).(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// at is where the path stands in the file, or the nearest thing around it that does.
func (f *yamlFile) at(path string) (line, column int) {
	n, at := f.body, f.body.GetToken()
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		if i, err := strconv.Atoi(step); err == nil {
			list, ok := unwrap(n).(*ast.SequenceNode)
			if !ok || i >= len(list.Values) {
				break
			}
			n = list.Values[i]
			at = n.GetToken()
			if values, ok := mapping(n); ok && len(values) > 0 {
				at = values[0].Key.GetToken()
			}
			continue
		}
		values, ok := mapping(n)
		if !ok {
			break
		}
		found := false
		for _, v := range values {
			if v.Key.GetToken().Value == step {
				n, at, found = v.Value, v.Key.GetToken(), true
			}
		}
		if !found {
			break
		}
	}
	return at.Position.Line, at.Position.Column
}

// encodingFault finds bytes that are no UTF-8: a file saved in an old code page.
func encodingFault(data []byte) (FileFault, bool) {
	if utf8.Valid(data) {
		return FileFault{}, false
	}
	line, column := 1, 1
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
		data = data[n:]
	}
	return FileFault{Line: line, Column: column, Key: "network.import.fault.encoding"}, true
}
