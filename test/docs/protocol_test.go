package docs

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const protocolPage = "docs/protocol.md"

// wireSource is what the source of protocol/wire says of messages, reasons and evidence.
type wireSource struct {
	structs map[string]*ast.StructType
	numbers map[string]int    // constants by name
	reasons map[string]int    // of the type Reason
	codes   map[string]string // by message: the constant that its Code returns
	kinds   map[string]string // by evidence: the constant that its Kind returns
	opens   map[string]bool   // messages with a Subject
}

func readWire(t *testing.T) *wireSource {
	t.Helper()
	s := &wireSource{make(map[string]*ast.StructType), make(map[string]int), make(map[string]int), make(map[string]string), make(map[string]string), make(map[string]bool)}
	for path, file := range programFiles(t) {
		if filepath.ToSlash(filepath.Dir(path)) != "protocol/wire" {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if st, ok := n.Type.(*ast.StructType); ok {
					s.structs[n.Name.Name] = st
				}
			case *ast.ValueSpec:
				s.value(n)
			case *ast.FuncDecl:
				s.method(n)
			}
			return true
		})
	}
	if len(s.codes) < 35 || len(s.reasons) < 20 || len(s.kinds) < 25 {
		t.Fatalf("%d messages, %d reasons, %d kinds of evidence found: are they not recognised?", len(s.codes), len(s.reasons), len(s.kinds))
	}
	return s
}

func (s *wireSource) value(v *ast.ValueSpec) {
	for i, name := range v.Names {
		if i >= len(v.Values) {
			continue
		}
		lit, ok := v.Values[i].(*ast.BasicLit)
		if !ok || lit.Kind != token.INT {
			continue
		}
		n, err := strconv.ParseInt(strings.ReplaceAll(lit.Value, "_", ""), 0, 64)
		if err != nil {
			continue
		}
		s.numbers[name.Name] = int(n)
		if of, ok := v.Type.(*ast.Ident); ok && of.Name == "Reason" {
			s.reasons[name.Name] = int(n)
		}
	}
}

// method notes what `func (*T) Code() Code { return CodeT }` and its like say of T.
func (s *wireSource) method(f *ast.FuncDecl) {
	if f.Recv == nil || len(f.Recv.List) != 1 {
		return
	}
	star, ok := f.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return
	}
	of, returned := star.X.(*ast.Ident).Name, ""
	if len(f.Body.List) == 1 {
		if ret, ok := f.Body.List[0].(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
			if id, ok := ret.Results[0].(*ast.Ident); ok {
				returned = id.Name
			}
		}
	}
	switch f.Name.Name {
	case "Code":
		s.codes[of] = returned
	case "Kind":
		s.kinds[of] = returned
	case "Subject":
		s.opens[of] = true
	}
}

// section is the part of the page under a heading, until the next one as high.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, "\n"+heading)
	if !found {
		t.Fatalf("%s has no section %q", protocolPage, heading)
	}
	level, _, _ := strings.Cut(heading, " ")
	text, _, _ := strings.Cut(rest, "\n"+level+" ")
	return text
}

// numbered are the rows of a table that begin with a number and a name.
func numbered(t *testing.T, text string) map[string]int {
	t.Helper()
	rows := make(map[string]int)
	for _, m := range regexp.MustCompile("(?m)^\\| `?(0x[0-9a-f]+|[0-9]+)`? \\| `(\\w+)` \\|").FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseInt(m[1], 0, 64)
		if _, twice := rows[m[2]]; err != nil || twice {
			t.Errorf("%s has a second row for %s, or a bad number (%v)", protocolPage, m[2], err)
		}
		rows[m[2]] = int(n)
	}
	return rows
}

// TestProtocolPage: messages, reasons, kinds of evidence and structures of the page are those of the program, with their numbers,
// fields and what may be left out.
func TestProtocolPage(t *testing.T) {
	page, s := documents(t)[protocolPage], readWire(t)

	messages, codes := section(t, page, "## 5. "), make(map[string]int)
	for name, constant := range s.codes {
		codes[name] = s.numbers[constant]
		opens := regexp.MustCompile("(?m)^\\| `0x[0-9a-f]+` \\| `" + name + "` \\| [^|]+ \\| yes \\|").MatchString(messages)
		if opens != s.opens[name] {
			t.Errorf("%s: the table says that %s opens a session: %t", protocolPage, name, opens)
		}
	}
	sameRows(t, "messages", numbered(t, messages), codes)
	sameRows(t, "reasons", numbered(t, section(t, page, "## 4. ")), s.reasons)
	kinds := make(map[string]int)
	for name, constant := range s.kinds {
		kinds[name] = s.numbers[constant]
	}
	sameRows(t, "evidence", numbered(t, section(t, page, "## 17. ")), kinds)
	s.compareStructures(t, page)
}

func sameRows(t *testing.T, what string, page, program map[string]int) {
	t.Helper()
	for name, n := range program {
		if got, there := page[name]; !there || got != n {
			t.Errorf("%s, %s: %s is %d (%#x), and has %d in its row (there is one: %t)", protocolPage, what, name, n, n, got, there)
		}
	}
	for name := range page {
		if _, there := program[name]; !there {
			t.Errorf("%s, %s: there is no %s", protocolPage, what, name)
		}
	}
}

// written is a field as it is encoded: its name, and whether it may be absent.
type written struct {
	name           string
	none, optional bool
}

// compareStructures holds the blocks of RLP against the structures: of messages, of evidence, and of all that they are made of.
func (s *wireSource) compareStructures(t *testing.T, page string) {
	t.Helper()
	described := make(map[string][]written)
	for _, block := range regexp.MustCompile("(?s)```rlp\n(.*?)```").FindAllStringSubmatch(page, -1) {
		for _, line := range strings.Split(strings.TrimSpace(block[1]), "\n") {
			m := regexp.MustCompile(`^(\w+) = \[(.*)\]$`).FindStringSubmatch(line)
			if m == nil || described[m[1]] != nil {
				t.Errorf("%s: not a structure, or one that is there twice: %s", protocolPage, line)
				continue
			}
			fields := []written{}
			for _, field := range strings.Split(m[2], "; ") {
				if name, typ, _ := strings.Cut(field, " "); name != "" {
					fields = append(fields, written{name, strings.HasSuffix(typ, "or none"), strings.HasSuffix(typ, "?")})
				}
			}
			described[m[1]] = fields
		}
	}
	wanted := make(map[string]bool)
	for name := range s.codes {
		s.reach(name, wanted)
	}
	for name := range s.kinds {
		s.reach(name, wanted)
	}
	s.reach("SignedRequest", wanted)
	for name := range wanted {
		if fields := s.fields(name); !slices.Equal(fields, described[name]) {
			t.Errorf("%s: %s has the fields %+v, and the page says %+v", protocolPage, name, fields, described[name])
		}
	}
	for name := range described {
		if !wanted[name] {
			t.Errorf("%s: %s is in no message and no evidence", protocolPage, name)
		}
	}
}

// reach notes a structure and all that it is made of.
func (s *wireSource) reach(name string, into map[string]bool) {
	st, ok := s.structs[name]
	if !ok || into[name] {
		return
	}
	into[name] = true
	for _, field := range st.Fields.List {
		ast.Inspect(field.Type, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				s.reach(id.Name, into)
			}
			return true
		})
	}
}

// fields are those of a structure, as RLP encodes them.
func (s *wireSource) fields(name string) []written {
	all := []written{}
	for _, field := range s.structs[name].Fields.List {
		tag := ""
		if field.Tag != nil {
			text, err := strconv.Unquote(field.Tag.Value)
			if err != nil {
				panic(err)
			}
			tag = reflect.StructTag(text).Get("rlp")
		}
		names := field.Names
		if id, ok := field.Type.(*ast.Ident); ok && len(names) == 0 { // embedded
			names = []*ast.Ident{id}
		}
		for _, n := range names {
			all = append(all, written{n.Name, strings.HasPrefix(tag, "nil"), tag == "optional"})
		}
	}
	return all
}

// tagged are the functions below protocol that hash under a tag, by the place of the tag among their arguments.
var tagged = map[string]int{"Digest": 0, "HashList": 0, "NewContext": 0, "HashToScalar": 0, "taggedHash": 0, "challenge": 0, "nonces": 1}

// TestProtocolTags: each tag that something is hashed under stands on the page, in the tables of section 3, and none else; and each
// that is signed or names a session has a vector.
func TestProtocolTags(t *testing.T) {
	text := section(t, documents(t)[protocolPage], "## 3. ")
	program := programTags(t)
	if len(program) < 50 {
		t.Fatalf("%d tags found: are they not recognised?", len(program))
	}
	for tag := range program {
		if !strings.Contains(text, "`"+tag+"`") {
			t.Errorf("%s does not have the tag %q", protocolPage, tag)
		}
	}
	vectors := vectorTags(t)
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+`) \\| ([^|]*) \\|").FindAllStringSubmatch(text, -1) {
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			if !program[m[1]] {
				t.Errorf("%s has the tag %q, under which nothing is hashed", protocolPage, m[1])
			}
			digest := strings.Contains(section(t, documents(t)[protocolPage], "### 3.3 "), "| `"+m[1]+"` |")
			if digest && !vectors[m[1]] {
				t.Errorf("the digest %q has no vector in protocol/wire/testdata/digests.json", m[1])
			}
		}
	}
}

// programTags are the tags in the source of protocol and all below it.
func programTags(t *testing.T) map[string]bool {
	t.Helper()
	tags := make(map[string]bool)
	for path, file := range programFiles(t) {
		if !strings.HasPrefix(filepath.ToSlash(path), "protocol/") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.BasicLit:
				if text := literal(n); strings.HasPrefix(text, "geth-ss/") || strings.HasPrefix(text, "FROST-") {
					tags[text] = true
				}
			case *ast.CallExpr:
				if at, ok := tagged[calledName(n)]; ok && at < len(n.Args) {
					if text := literal(n.Args[at]); text != "" {
						tags[text] = true
					}
				}
			}
			return true
		})
	}
	delete(tags, "geth-ss/") // what Digest puts before its tags
	if tags["geth-ss/frost/"] {
		delete(tags, "geth-ss/frost/")
		for _, scheme := range []string{"schnorr", "bip340"} {
			tags["geth-ss/frost/"+scheme+"/v1/"] = true
		}
	}
	return tags
}

func literal(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if text, err := strconv.Unquote(lit.Value); err == nil {
			return text
		}
	}
	return ""
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func vectorTags(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "protocol/wire/testdata/digests.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []struct{ Tag string }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	tags := make(map[string]bool)
	for _, v := range all {
		tags[v.Tag] = true
	}
	return tags
}

// TestProtocolFiles: the files that the page and the source point to are there, and so are the sections that the source cites.
func TestProtocolFiles(t *testing.T) {
	page := documents(t)[protocolPage]
	for _, m := range regexp.MustCompile("`((?:protocol|contracts|wire)/[^` ]+\\.[a-z*]+)`").FindAllStringSubmatch(page, -1) {
		path := m[1]
		if strings.HasPrefix(path, "wire/") {
			path = "protocol/sessiontest/testdata/" + path
		}
		if found, err := filepath.Glob(filepath.Join(root, path)); err != nil || len(found) == 0 {
			t.Errorf("%s points to %s, which is not there", protocolPage, m[1])
		}
	}
	cited := 0
	cites := regexp.MustCompile(`docs/protocol\.md,? section (\d+(?:\.\d+)?)`)
	err := filepath.WalkDir(filepath.Join(root, "protocol"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, group := range file.Comments {
			comment := strings.Join(strings.Fields(group.Text()), " ")
			if strings.Contains(comment, "crypto.md") {
				t.Errorf("%s cites crypto.md, which is not in the repository", path)
			}
			for _, m := range cites.FindAllStringSubmatch(comment, -1) {
				cited++
				if !regexp.MustCompile(`(?m)^###? ` + regexp.QuoteMeta(m[1]) + `[. ]`).MatchString(page) {
					t.Errorf("%s cites section %s of %s, which is not there", path, m[1], protocolPage)
				}
			}
		}
		return nil
	})
	if err != nil || cited < 10 {
		t.Errorf("the source cites %d sections of %s (%v): are they not recognised?", cited, protocolPage, err)
	}
}
