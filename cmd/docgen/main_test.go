package main

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/chromafn/chroma-fn/fn/config"
)

const repository = "../.."

func TestPagesAreUpToDate(t *testing.T) {
	generated, err := pages(os.DirFS(repository))
	require.NoError(t, err)
	for name, want := range generated {
		committed, err := os.ReadFile(filepath.Join(repository, name))
		require.NoError(t, err, "run make generate")
		assert.Equal(t, want, string(committed), "%s is out of date: run make generate", name)
	}
}

func TestRunWritesPages(t *testing.T) {
	root := t.TempDir()
	sources := os.DirFS(filepath.Join(repository, "fn/config"))
	require.NoError(t, os.CopyFS(filepath.Join(root, "fn/config"), sources))
	require.NoError(t, os.Mkdir(filepath.Join(root, "fn/version"), 0o755))
	require.NoError(t, run(root))
	for _, page := range []string{referencePage, versionsPage} {
		text, err := os.ReadFile(filepath.Join(root, page))
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(string(text), banner), "%s does not say that it is generated", page)
	}

	assert.ErrorContains(t, run(t.TempDir()), "run docgen from the root of the repository")
}

func TestFieldsAreDocumented(t *testing.T) {
	docs, err := parseComments(os.DirFS(filepath.Join(repository, "fn/config")))
	require.NoError(t, err)
	seen := map[reflect.Type]bool{}
	checkComments(t, docs, reflect.TypeFor[config.ChromaConfig](), seen)
	assert.True(t, seen[reflect.TypeFor[config.IngressPath]()], "a type below two lists was not reached")
}

// checkComments checks the comments of a struct's exported fields and of the structs of ours below it.
func checkComments(t *testing.T, docs comments, structure reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	for structure.Kind() == reflect.Slice || structure.Kind() == reflect.Pointer {
		structure = structure.Elem()
	}
	if !isOurs(structure) || seen[structure] {
		return
	}
	seen[structure] = true
	for _, field := range reflect.VisibleFields(structure) {
		if !field.IsExported() {
			continue
		}
		name := structure.Name() + "." + field.Name
		meaning, instead := split(docs[name])
		assert.True(t, strings.HasPrefix(meaning, field.Name+" "), "the comment of %s does not start with %s", name, field.Name)
		assert.True(t, strings.HasSuffix(meaning, "."), "the comment of %s does not end in a period", name)
		assert.True(t, instead == "" || strings.HasSuffix(instead, "."), "the deprecation of %s does not end in a period", name)
		checkComments(t, docs, field.Type, seen)
	}
}

func TestReference(t *testing.T) {
	page, err := reference(os.DirFS(filepath.Join(repository, "fn/config")))
	require.NoError(t, err)
	for _, path := range []string{
		"metadata.name", "replicaCount", "image.tag", "ingress.hosts[].paths[].path", "podSpec.securityContext.runAsUser",
		"chromadb.data.volumeSize", "chromadb.telemetry.filters[].crate_name", "chromadb.auth.token.tokenHeader",
	} {
		assert.Equal(t, 1, strings.Count(page, "\n| `"+path+"` |"), "rows of %s", path)
	}
	for _, row := range []string{
		"| `replicaCount` | integer | `1` | all | The number of pods",
		"| `initImage.tag` | string | `\"2\"` | 0.4.7 to 0.6.3 | ",
		"| `chromadb.data.accessModes` | list of strings | `[ReadWriteOnce]` | all | ",
		"| `chromadb.telemetry.filters[].crate_name` | string | | 1.0.16 and newer | ",
	} {
		assert.Contains(t, page, "\n"+row)
	}
	_, older, found := strings.Cut(page, "\n## Older names\n")
	require.True(t, found)
	assert.Contains(t, older, "| `chromadb.dataVolumeSize` | quantity | ")
}

func TestVersions(t *testing.T) {
	page := versions()
	for _, text := range []string{
		"\n| `ConfigFile` | `/config.yaml` | 1.0.0 and newer | ",
		"\n| `circuit_breaker.requests` | integer up to 4294967295 | 1.0.0 and newer |",
		"\n| `sqlitedb.hash_type` | string: `md5` or `sha256` | 1.0.0 and newer |",
		"1.0.14",
	} {
		assert.Contains(t, page, text)
	}
}

func TestParseComments(t *testing.T) {
	docs, err := parseComments(fstest.MapFS{
		"a.go":  {Data: []byte("package p\n\ntype A struct {\n\t// B is\n\t// long.\n\tB int // not this\n\tC, D int\n}\n")},
		"a.txt": {Data: []byte("not Go")},
	})
	require.NoError(t, err)
	assert.Equal(t, comments{"A.B": "B is\nlong.\n", "A.C": "", "A.D": ""}, docs)

	_, err = parseComments(fstest.MapFS{"a.go": {Data: []byte("not Go")}})
	assert.ErrorContains(t, err, "parsing a Go file: a.go:1:1")
}

func TestSplit(t *testing.T) {
	meaning, instead := split("Old is\nan older name.\n\nDeprecated: use\nnew.\n")
	assert.Equal(t, "Old is an older name.", meaning)
	assert.Equal(t, "Use new.", instead)

	meaning, instead = split("New is one.\n\nIt has two paragraphs.\n")
	assert.Equal(t, "New is one. It has two paragraphs.", meaning)
	assert.Empty(t, instead)
}

func TestDescribe(t *testing.T) {
	for comment, want := range map[string]string{
		"Name is the name.":        "The name.",
		"Name are labels.":         "Labels.",
		"Name decides a thing.":    "Decides a thing.",
		"Name is `sha256:`, long.": "`sha256:`, long.",
		"Another sentence.":        "Another sentence.",
		"Name is über alles.":      "Über alles.",
	} {
		assert.Equal(t, want, describe("Name", comment))
	}
}

func TestTypeOf(t *testing.T) {
	for want, typ := range map[string]reflect.Type{
		"boolean":           reflect.TypeFor[*bool](),
		"integer":           reflect.TypeFor[int32](),
		"string":            reflect.TypeFor[corev1.ProcMountType](),
		"quantity":          reflect.TypeFor[*resource.Quantity](),
		"map":               reflect.TypeFor[config.Image](),
		"list of maps":      reflect.TypeFor[[]config.IngressHost](),
		"list of integers":  reflect.TypeFor[[]int64](),
		"map of strings":    reflect.TypeFor[map[string]string](),
		"map of any values": reflect.TypeFor[map[string]any](),
		"list of Kubernetes [Sysctl](https://pkg.go.dev/k8s.io/api/core/v1#Sysctl)": reflect.TypeFor[[]corev1.Sysctl](),
	} {
		assert.Equal(t, want, typeOf(typ))
	}
}

func TestDefaultOf(t *testing.T) {
	for want, value := range map[string]any{
		"false":       false,
		"0":           int64(0),
		"8000":        int32(8000),
		"3":           new(int64(3)),
		`"2"`:         "2",
		`"true"`:      "true",
		"/data":       "/data",
		"10Gi":        resource.MustParse("10Gi"),
		`[a, "1"]`:    []string{"a", "1"},
		"{a: b}":      map[string]string{"a": "b"},
		"[{name: a}]": []map[string]string{{"name": "a"}},
	} {
		text, err := defaultOf(reflect.ValueOf(value))
		require.NoError(t, err)
		assert.Equal(t, want, text)
	}
	for _, value := range []any{nil, "", (*bool)(nil), []string(nil), map[string]string(nil), config.Image{Tag: "1"}, corev1.Affinity{}} {
		text, err := defaultOf(reflect.ValueOf(value))
		require.NoError(t, err)
		assert.Empty(t, text, "%#v", value)
	}
}

// Mistakes in the types must not make a page that looks right.
func TestKeysOfRefusesMistakes(t *testing.T) {
	type tagged struct {
		Field string `json:"field" chroma:"NoSuchThing"`
	}
	_, err := comments{"tagged.Field": "Field is one."}.keysOf(reflect.TypeFor[tagged](), place{})
	require.EqualError(t, err, `tagged.Field names "NoSuchThing", which is no capability`)

	type bare struct {
		Field string `json:"field"`
	}
	_, err = comments{}.keysOf(reflect.TypeFor[bare](), place{})
	require.EqualError(t, err, "bare.Field has no doc comment")
}

func TestConstraints(t *testing.T) {
	type limited struct {
		Both  int    `min:"1" max:"2"`
		Low   int    `min:"1"`
		High  int    `max:"2" example:"1"`
		Words string `enum:"a,b"`
		Free  string
	}
	got := map[string]string{}
	for field := range reflect.TypeFor[limited]().Fields() {
		got[field.Name] = constraints(field)
	}
	assert.Equal(t, map[string]string{
		"Both": " From 1 to 2.", "Low": " At least 1.", "High": " At most 2. Example: `1`.", "Words": " Allowed: `a`, `b`.", "Free": "",
	}, got)
}

func TestTable(t *testing.T) {
	got := table([]string{"A", "B"}, [][]string{{"`a|b`", ""}, {"", "two\nlines"}})
	assert.Equal(t, "| A | B |\n|---|---|\n| `a\\|b` | |\n| | two lines |\n", got)
	assert.Equal(t, "\\_\\_init\\_\\_ \\* `a_b*` \\<x>", prose("__init__ * `a_b*` <x>"))
}

// Every row of a page has the cells of its header, whatever is in them.
func TestRowsAreWhole(t *testing.T) {
	generated, err := pages(os.DirFS(repository))
	require.NoError(t, err)
	for _, name := range slices.Sorted(maps.Keys(generated)) {
		columns := 0
		for text := range strings.Lines(generated[name]) {
			cells := strings.Count(text, "|") - strings.Count(text, `\|`)
			switch {
			case cells == 0:
				columns = 0
			case columns == 0:
				columns = cells
			default:
				assert.Equal(t, columns, cells, "%s: %s", name, text)
			}
		}
	}
}
