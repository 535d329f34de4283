package e2e_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/chromafn/chroma-fn/tests/e2e/chroma"
)

// fuzzedServers is how many servers of each release are started from random specs.
const fuzzedServers = 55

// predicted are the warnings that say that the server will not become ready.
var predicted = regexp.MustCompile(`warning: .*(panic at its start|never becomes ready)`)

// Whatever a user writes: where the render has no error and no warning that says otherwise, the real server starts, is
// ready, and keeps its database on the volume. The same specs are made
// each time; FUZZ_SEED=TEXT makes others.
func TestFuzzedRendersStart(t *testing.T) {
	t.Parallel()
	fields := fuzzFields(t)
	for _, release := range chroma.Releases {
		seed := fnv.New64a()
		_, _ = seed.Write([]byte(release.Version + os.Getenv("FUZZ_SEED")))
		random := rand.New(rand.NewPCG(seed.Sum64(), 0))
		for started := 0; started < fuzzedServers; {
			spec := fuzzSpec(random, fields, release.Version)
			r := renderSpec(t, spec)
			if !r.ok || predicted.MatchString(r.said) {
				continue
			}
			started++
			t.Run(fmt.Sprintf("%s-%d", release.Version, started), func(t *testing.T) {
				t.Parallel()
				startFuzzed(t, spec, r.objects)
			})
		}
	}
}

func startFuzzed(t *testing.T, spec string, objects []*unstructured.Unstructured) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Log(spec)
		}
	}()
	node := newNode(t)
	pod := runPod(t, node, objects)
	waitReady(t, pod)
	fuzzedRenders.Add(1)
	for _, volume := range pod.Spec().Volumes {
		if claim := volume.PersistentVolumeClaim; claim != nil {
			entries, err := os.ReadDir(node.Claim(claim.ClaimName).Path())
			require.NoError(t, err)
			assert.NotEmpty(t, entries, "the database is not on the volume")
		}
	}
}

// fuzzField is a value of the spec that a random spec may hold.
type fuzzField struct {
	path   []string
	values []any
	// hot is set where the server itself reads the value: such fields are chosen more often.
	hot bool
}

// fuzzFields are the fields of the resource's own schema, with values that are plausible or odd.
func fuzzFields(t *testing.T) []fuzzField {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), builtProgram(t), "schema").Output()
	require.NoError(t, err)
	var schema struct{ Properties map[string]fuzzSchema }
	require.NoError(t, json.Unmarshal(text, &schema))
	pools := fuzzPools(t)
	var fields []fuzzField
	schema.Properties["spec"].walk(nil, func(path []string, leaf fuzzSchema) bool {
		name := strings.Join(path, ".")
		values, known := pools[name]
		switch {
		case known:
			delete(pools, name)
		case len(leaf.Properties) > 0:
			return true
		case slices.Contains(leaf.types(), "boolean"):
			values = []any{true, false, "true", " False "}
		default:
			values = leaf.words()
			require.NotEmpty(t, values, "say in fuzzPools what %s may hold", name)
		}
		if len(values) > 0 {
			_, hot := serverPools()[name]
			fields = append(fields, fuzzField{slices.Clone(path), values, hot || name == "chromadb.extraConfig"})
		}
		return false
	})
	require.Empty(t, pools, "fields that are not there")
	return fields
}

// fuzzSchema is the part of a JSON Schema that says what a field is.
type fuzzSchema struct {
	Type       any
	Properties map[string]fuzzSchema
	AnyOf      []struct{ Enum []any }
}

func (s fuzzSchema) types() []string { return strings.Fields(strings.Trim(fmt.Sprint(s.Type), "[]")) }

// words are those of an enumeration, as they stand and in another case.
func (s fuzzSchema) words() []any {
	var words []any
	for _, choice := range s.AnyOf {
		for _, word := range choice.Enum {
			words = append(words, word, strings.ToUpper(word.(string)))
		}
	}
	return words
}

// walk visits the fields in their order; a visitor says whether to go on below one.
func (s fuzzSchema) walk(path []string, visit func(path []string, s fuzzSchema) bool) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		inner := slices.Concat(path, []string{name})
		if visit(inner, s.Properties[name]) {
			s.Properties[name].walk(inner, visit)
		}
	}
}

// fuzzSpec is a random spec for a version: some of the database's own fields, and some others.
func fuzzSpec(random *rand.Rand, fields []fuzzField, version string) string {
	spec := map[string]any{}
	set(spec, []string{"chromadb", "apiVersion"}, version)
	for range 1 + random.IntN(8) {
		field := fields[random.IntN(len(fields))]
		if !field.hot && random.IntN(3) > 0 {
			continue
		}
		value := field.values[random.IntN(len(field.values))]
		if many, isMany := value.(func(*rand.Rand) any); isMany {
			value = many(random)
		}
		set(spec, field.path, value)
	}
	if telemetry, isMap := spec["chromadb"].(map[string]any)["telemetry"].(map[string]any); isMap && random.IntN(4) > 0 {
		// Without these two the others do nothing.
		telemetry["enabled"] = true
		if _, set := telemetry["endpoint"]; !set {
			telemetry["endpoint"] = "http://127.0.0.1:4317"
		}
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// set puts a value at a path of nested maps.
func set(below map[string]any, path []string, value any) {
	for _, name := range path[:len(path)-1] {
		inner, isMap := below[name].(map[string]any)
		if !isMap {
			inner = map[string]any{}
			below[name] = inner
		}
		below = inner
	}
	below[path[len(path)-1]] = value
}

// configKey is a row of the generated table of the server's configuration keys.
var configKey = regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| ([^|]+) \\| [^|]+ \\|$")

// fuzzExtraConfig makes a random extraConfig of the keys that the server is known to read, with values of their type
// and of others.
func fuzzExtraConfig(t *testing.T) func(random *rand.Rand) any {
	t.Helper()
	text := readFile(t, filepath.Join(imageRoot, "fn/version/VERSIONS.md"))
	rows := configKey.FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(rows), 30, "the table of the keys has changed its form")
	return func(random *rand.Rand) any {
		extra := map[string]any{}
		for range 1 + random.IntN(3) {
			row := rows[random.IntN(len(rows))]
			values := fuzzConfigValues(row[1], row[2])
			if random.IntN(6) == 0 {
				values = []any{nil, true, "true", 0, -1, 1.5, "5", "", "x", []any{}, []any{1}, []any{"x"}, map[string]any{}, map[string]any{"x": 1}}
			}
			set(extra, strings.Split(row[1], "."), values[random.IntN(len(values))])
		}
		return extra
	}
}

// quotedWord is a word of an enumeration in the table.
var quotedWord = regexp.MustCompile("`([^`]+)`")

// fuzzConfigValues are values of a key that have its type.
func fuzzConfigValues(key, kind string) []any {
	var words []any
	for _, word := range quotedWord.FindAllStringSubmatch(kind, -1) {
		words = append(words, word[1])
	}
	switch {
	case len(fuzzConfigPools[key]) > 0:
		return fuzzConfigPools[key]
	case len(words) > 0:
		return words
	case strings.HasPrefix(kind, "boolean"):
		return []any{true, false}
	case strings.HasPrefix(kind, "integer"):
		return []any{0, 1, 1000, 4294967295, json.Number(strconv.FormatInt(1<<62, 10))}
	case strings.HasPrefix(kind, "string"):
		return fuzzWords
	case strings.HasPrefix(kind, "list of strings"):
		return []any{[]any{}, []any{"default_tenant"}, fuzzWords}
	case strings.HasPrefix(kind, "list"):
		return []any{[]any{}, []any{map[string]any{}}}
	default:
		return []any{map[string]any{}}
	}
}
