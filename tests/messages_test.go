package tests_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every message that the packages can say to a user is said in a golden. A message counts as said where a line holds
// its fixed words in their order.
func TestEveryMessageHasAGolden(t *testing.T) {
	var said strings.Builder
	for _, pattern := range []string{"testdata/messages/*.golden", "testdata/function/*/stderr.txt"} {
		for _, path := range glob(t, pattern) {
			said.WriteString(readFile(t, path))
		}
	}
	formats := messageFormats(t)
	require.Greater(t, len(formats), 100, "the search for messages in the sources has broken")
	for position, format := range formats {
		assert.True(t, asPattern(format).MatchString(said.String()), "%s: no golden has the message %q", position, format)
	}
}

var verb = regexp.MustCompile(`%[a-z]`)

// asPattern turns a format into a regular expression for a line.
func asPattern(format string) *regexp.Regexp {
	var pattern strings.Builder
	for i, fixed := range verb.Split(format, -1) {
		if i > 0 {
			pattern.WriteString(".*")
		}
		pattern.WriteString(regexp.QuoteMeta(fixed))
	}
	return regexp.MustCompile(pattern.String())
}

// messageFormats collects the formats that are given to errorf, warnf, infof and fail, by their place.
func messageFormats(t *testing.T) map[string]string {
	t.Helper()
	formats := map[string]string{}
	files := token.NewFileSet()
	for _, path := range append(glob(t, "../fn/*.go"), glob(t, "../fn/config/*.go")...) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			if call, isCall := node.(*ast.CallExpr); isCall {
				if format := formatOf(call); format != "" {
					formats[files.Position(call.Pos()).String()] = format
				}
			}
			return true
		})
	}
	return formats
}

// formatOf returns the format of a call that says something to the user.
func formatOf(call *ast.CallExpr) string {
	selector, isMethod := call.Fun.(*ast.SelectorExpr)
	position := map[string]int{"errorf": 1, "warnf": 1, "infof": 1, "fail": 2}
	if !isMethod || position[selector.Sel.Name] == 0 || len(call.Args) <= position[selector.Sel.Name] {
		return ""
	}
	return text(call.Args[position[selector.Sel.Name]])
}

// text is the value of a string literal, or of several joined by +.
func text(expression ast.Expr) string {
	switch expression := expression.(type) {
	case *ast.BasicLit:
		value, _ := strconv.Unquote(expression.Value)
		return value
	case *ast.BinaryExpr:
		return text(expression.X) + text(expression.Y)
	default:
		return ""
	}
}
