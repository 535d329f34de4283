package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"
)

// comments holds the doc comments of struct fields, by "Type.Field". They are read from the sources because a
// compiled program has none.
type comments map[string]string

// parseComments reads the comments of all structs in a directory of Go files.
func parseComments(sources fs.FS) (comments, error) {
	names, err := fs.Glob(sources, "*.go")
	if err != nil {
		return nil, fmt.Errorf("listing Go files: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("there are no Go files; run docgen from the root of the repository")
	}
	found := comments{}
	for _, name := range names {
		text, err := fs.ReadFile(sources, name)
		if err != nil {
			return nil, fmt.Errorf("reading a Go file: %w", err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("parsing a Go file: %w", err)
		}
		ast.Inspect(file, found.collect)
	}
	return found, nil
}

// collect takes the comments of a node that is a struct type.
func (c comments) collect(node ast.Node) bool {
	spec, isType := node.(*ast.TypeSpec)
	if !isType {
		return true
	}
	if structure, isStruct := spec.Type.(*ast.StructType); isStruct {
		for _, field := range structure.Fields.List {
			for _, name := range field.Names {
				c[spec.Name.Name+"."+name.Name] = field.Doc.Text()
			}
		}
	}
	return true
}

// split parts a comment into what the field means and, for an older name, what to write instead.
func split(comment string) (meaning, deprecated string) {
	for paragraph := range strings.SplitSeq(strings.TrimSpace(comment), "\n\n") {
		text := strings.Join(strings.Fields(paragraph), " ")
		if instead, isDeprecation := strings.CutPrefix(text, "Deprecated: "); isDeprecation {
			deprecated = capitalise(instead)
			continue
		}
		meaning = strings.TrimSpace(meaning + " " + text)
	}
	return meaning, deprecated
}

// describe turns the sentence "Name is the name of …" into "The name of …": in a table the key has said the name.
func describe(field, meaning string) string {
	meaning = strings.TrimPrefix(meaning, field+" ")
	for _, verb := range []string{"is ", "are "} {
		if rest, found := strings.CutPrefix(meaning, verb); found {
			meaning = rest
			break
		}
	}
	return capitalise(meaning)
}

func capitalise(sentence string) string {
	first, size := utf8.DecodeRuneInString(sentence)
	return string(unicode.ToUpper(first)) + sentence[size:]
}
