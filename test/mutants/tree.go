package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// target is what is mutated, with its sub-packages, and whose tests stand for it beside its own.
type target struct {
	dir   string
	tests []string
}

// targets are where a lost check costs secrets, permission, votes or somebody's good name.
var targets = []target{
	{"protocol/threshold", []string{"protocol/dealing", "protocol/evidence", "protocol/sessiontest"}},
	{"protocol/dealing", []string{"protocol/evidence", "protocol/items", "protocol/generation", "protocol/sessiontest"}},
	{"protocol/verify", []string{"protocol/evidence", "protocol/generation", "protocol/handover", "protocol/sessiontest", "client"}}, // a client checks releases and certificates by it
	{"protocol/evidence", []string{"protocol/generation", "protocol/items", "protocol/sessiontest"}},
	{"protocol/ballot", []string{"protocol/generation", "protocol/sessiontest"}},
	{"protocol/session", []string{"protocol/generation", "protocol/sessiontest"}},
	{"protocol/generation", []string{"protocol/sessiontest"}},
	{"protocol/handover", []string{"protocol/sessiontest"}},
	{"protocol/items", []string{"protocol/generation", "protocol/gathering", "protocol/sessiontest"}},
	{"protocol/gathering", []string{"protocol/sessiontest"}},
	{"protocol/documents", []string{"protocol/sessiontest"}},
	{"protocol/asking", []string{"protocol/sessiontest"}},
	{"protocol/join", []string{"protocol/generation", "protocol/sessiontest"}},
	{"service/acl", nil},
	{"service/store", nil},
	{"client", nil},
}

// goCommand is the one that "make GO=..." names.
var goCommand = cmp.Or(os.Getenv("GO"), "go")

// goPackage is what go list says of a package.
type goPackage struct {
	Dir          string
	ImportPath   string
	Name         string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Module       struct{ Dir string }
}

func (p *goPackage) tested() bool { return len(p.TestGoFiles)+len(p.XTestGoFiles) > 0 }

// path is how the package's directory is called from the module's root.
func (p *goPackage) path() string {
	rel, err := filepath.Rel(p.Module.Dir, p.Dir)
	if err != nil {
		return p.Dir
	}
	return filepath.ToSlash(rel)
}

// list finds packages in the module of a directory.
func list(root string, patterns ...string) (found []*goPackage, err error) {
	cmd := exec.Command(goCommand, append([]string{"list", "-json=Dir,ImportPath,Name,GoFiles,TestGoFiles,XTestGoFiles,Module"}, patterns...)...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", strings.Join(patterns, " "), err)
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(goPackage)
		if err := dec.Decode(p); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
}

// source is a package that is mutated.
type source struct {
	*goPackage
	files []sourceFile
}

type sourceFile struct {
	path    string // in the file system
	text    []byte
	mutants []mutant
}

// readTarget scans the packages of a target; those that are for tests are left out.
func readTarget(root string, t target) (sources []*source, err error) {
	packages, err := list(root, "./"+t.dir+"/...")
	if err != nil {
		return nil, err
	}
	for _, p := range packages {
		if strings.HasSuffix(p.Name, "test") {
			continue
		}
		s := &source{goPackage: p}
		for _, name := range p.GoFiles {
			f := sourceFile{path: filepath.Join(p.Dir, name)}
			if f.text, err = os.ReadFile(f.path); err != nil {
				return nil, err
			}
			if f.mutants, err = scan(p.path()+"/"+name, f.text); err != nil {
				return nil, err
			}
			s.files = append(s.files, f)
		}
		sources = append(sources, s)
	}
	return sources, nil
}

// number gives all mutants their ids and their package.
func number(sources []*source) (all []mutant) {
	for _, s := range sources {
		for _, f := range s.files {
			for i := range f.mutants {
				f.mutants[i].id, f.mutants[i].pkg = len(all)+1, s.path()
				all = append(all, f.mutants[i])
			}
		}
	}
	return all
}

// lay makes the overlay of sources in a directory.
func lay(dir string, sources []*source) (string, error) {
	o := &overlay{dir: dir, Replace: make(map[string]string)}
	for _, s := range sources {
		if err := o.add(filepath.Join(s.Dir, "mutant_switches.go"), fmt.Appendf(nil, switches, s.Name)); err != nil {
			return "", err
		}
		for _, f := range s.files {
			if len(f.mutants) == 0 {
				continue
			}
			if err := o.add(f.path, switchable(f.text, f.mutants)); err != nil {
				return "", err
			}
		}
	}
	return o.write()
}
