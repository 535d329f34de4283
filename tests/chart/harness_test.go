// Package chart_test holds chroma-fn against the Helm chart that it replaces, chromadb 0.2.2: the same values must
// mean the same, and every difference must be written down with its reason.
package chart_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
)

// The release that all tests render: Helm's release name and namespace, our metadata.
const (
	releaseName      = "chroma"
	releaseNamespace = "vector-db"
)

// valuesFile holds the chart's documented defaults.
const valuesFile = "chart-0.2.2-values.yaml"

// Where a value stands in an object: the keys on the way to it.
type keys []string

func at(path ...string) keys {
	return path
}

func (k keys) String() string {
	return strings.Join(k, " > ")
}

// output is what a render yields.
type output struct {
	objects map[string]map[string]any
	results sdk.Results
}

// render processes the values of a chart, YAML text, as the spec of a ChromaConfig.
func render(t *testing.T, values string) output {
	t.Helper()
	return renderValues(t, parse(t, values))
}

// renderValues is render for values that were parsed.
func renderValues(t *testing.T, values map[string]any) output {
	t.Helper()
	list := &fn.ResourceList{FunctionConfig: chromaConfig(t, values)}
	require.NoError(t, fn.Process(list))
	if list.Failed() {
		require.Empty(t, list.Items, "a refused config yields no objects")
	}
	return output{objects: byRole(t, list.Items), results: list.Results}
}

func chromaConfig(t *testing.T, spec map[string]any) *yaml.RNode {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": "chromafn.dev/v1alpha1",
		"kind":       "ChromaConfig",
		"metadata":   map[string]any{"name": releaseName, "namespace": releaseNamespace},
		"spec":       spec,
	})
	require.NoError(t, err)
	node, err := yaml.Parse(string(text))
	require.NoError(t, err)
	return node
}

// byRole normalises objects and files them under their role.
func byRole(t *testing.T, nodes []*yaml.RNode) map[string]map[string]any {
	t.Helper()
	fullname := ""
	for _, node := range nodes {
		if node.GetKind() == "StatefulSet" {
			fullname = node.GetName()
		}
	}
	objects := map[string]map[string]any{}
	for _, node := range nodes {
		role := roleOf(node, fullname)
		require.NotContains(t, objects, role, "two objects of one role")
		objects[role] = normalise(t, node)
	}
	return objects
}

// roleOf names an object by its kind and by what its name adds to the fullname, so that objects which play the same
// part pair up whatever they are called: StatefulSet, Service/headless, ConfigMap/config.
func roleOf(node *yaml.RNode, fullname string) string {
	kind, name := node.GetKind(), node.GetName()
	// The chart gives these two fixed names.
	fixed := map[string]string{"v1-config": "config", "log-config": "log-config"}
	switch suffix, derived := strings.CutPrefix(name, fullname+"-"); {
	case kind == "ConfigMap" && fixed[name] != "":
		return kind + "/" + fixed[name]
	case kind == "ServiceAccount" || name == fullname:
		return kind
	case derived:
		return kind + "/" + suffix
	default:
		return kind + "/" + name
	}
}

// normalise brings an object into the form in which equal things look equal: quantities in their canonical spelling,
// values that the API drops left out, configuration files parsed. It fails where the object is not one of its kind.
func normalise(t *testing.T, node *yaml.RNode) map[string]any {
	t.Helper()
	text, err := node.MarshalJSON()
	require.NoError(t, err)
	typed := newObject(t, node.GetKind())
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(typed), "%s %s is not what the API takes", node.GetKind(), node.GetName())
	content := toAny(t, typed).(map[string]any)
	// No annotations and an empty map of them are the same.
	metadata := content["metadata"].(map[string]any)
	if metadata["annotations"] == nil {
		metadata["annotations"] = map[string]any{}
	}
	if data, ok := content["data"].(map[string]any); ok && node.GetKind() == "ConfigMap" {
		for name, file := range data {
			if strings.HasSuffix(name, ".yaml") {
				data[name] = parse(t, file.(string))
			}
		}
	}
	return content
}

func newObject(t *testing.T, kind string) any {
	t.Helper()
	known := map[string]any{
		"ConfigMap":      &corev1.ConfigMap{},
		"Ingress":        &networkingv1.Ingress{},
		"Job":            &batchv1.Job{},
		"Secret":         &corev1.Secret{},
		"Service":        &corev1.Service{},
		"ServiceAccount": &corev1.ServiceAccount{},
		"StatefulSet":    &appsv1.StatefulSet{},
	}
	require.Contains(t, known, kind)
	return known[kind]
}

// toAny turns a value into maps, lists and scalars as JSON has them.
func toAny(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	var result any
	require.NoError(t, json.Unmarshal(text, &result))
	return result
}

// parse reads a YAML map.
func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	value := parseAny(t, text)
	if value == nil {
		return map[string]any{}
	}
	require.IsType(t, map[string]any{}, value)
	return value.(map[string]any)
}

// parseAny reads YAML of any type, its numbers as JSON has them.
func parseAny(t *testing.T, text string) any {
	t.Helper()
	var value any
	require.NoError(t, yaml.Unmarshal([]byte(text), &value), "%s", text)
	return toAny(t, value)
}

// parseObjects reads the documents that Helm printed.
func parseObjects(t *testing.T, text string) map[string]map[string]any {
	t.Helper()
	reader := kio.ByteReader{Reader: strings.NewReader(text), OmitReaderAnnotations: true}
	nodes, err := reader.Read()
	require.NoError(t, err)
	return byRole(t, nodes)
}

func readFile(t *testing.T, elements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, elements...)...))
	require.NoError(t, err)
	return string(text)
}

// value finds a value in an object of the output; ok is false where the object or the value is missing.
func (o output) value(role string, path keys) (found any, ok bool) {
	found = o.objects[role]
	for i, key := range path {
		inner, isMap := keyed(path[:i], found).(map[string]any)
		if !isMap {
			return nil, false
		}
		if found, ok = inner[key]; !ok {
			return nil, false
		}
	}
	return found, o.objects[role] != nil
}

// config is the configuration file of the Rust server.
func (o output) config(t *testing.T) map[string]any {
	t.Helper()
	file, ok := o.value("ConfigMap/config", at("data", "config.yaml"))
	require.True(t, ok, "there is no configuration file; results: %s", lines(o.results))
	return file.(map[string]any)
}

// server is the path of something in the server's container.
func server(path ...string) keys {
	return append(at("spec", "template", "spec", "containers", "chromadb"), path...)
}

// pod is the path of something in the pod.
func pod(path ...string) keys {
	return append(at("spec", "template", "spec"), path...)
}

// requireRendered fails where the values were refused.
func (o output) requireRendered(t *testing.T) {
	t.Helper()
	require.NotEmpty(t, o.objects, "the values were refused: %s", lines(o.results))
}

// said is a result as a test expects it: its message must contain the part.
type said struct {
	Severity string `json:"severity"`
	Field    string `json:"field"`
	Part     string `json:"part"`
}

func (s said) matches(result *sdk.Result) bool {
	return string(result.Severity) == s.Severity && fieldOf(result) == s.Field && strings.Contains(result.Message, s.Part)
}

func fieldOf(result *sdk.Result) string {
	if result.Field == nil {
		return ""
	}
	return result.Field.Path
}

// requireResults fails unless the results are those expected, each once and nothing else.
func requireResults(t *testing.T, expected []said, results sdk.Results) {
	t.Helper()
	left := slices.Clone(results)
	for _, want := range expected {
		require.NotEmpty(t, want.Part, "an expectation without a message expects nothing")
		i := slices.IndexFunc(left, want.matches)
		require.GreaterOrEqual(t, i, 0, "no %s at %s that says %q; left are: %s", want.Severity, want.Field, want.Part, lines(left))
		left = slices.Delete(left, i, i+1)
	}
	require.Empty(t, left, "unexpected results: %s", lines(left))
}

func lines(results sdk.Results) string {
	var text strings.Builder
	for _, result := range results {
		fmt.Fprintf(&text, "\n\t%s %s: %s", result.Severity, fieldOf(result), result.Message)
	}
	return text.String()
}

// How the second of two sides differs from the first.
const (
	removed = "removed"
	added   = "added"
	changed = "changed"
)

// difference is one place at which two renders differ.
type difference struct {
	role          string
	path          keys
	how           string
	before, after any
}

func (d difference) String() string {
	return fmt.Sprintf("%s: %s %s: %v -> %v", d.role, d.path, d.how, d.before, d.after)
}

// compare finds all differences between two renders, each at the highest place where one side has nothing.
func compare(before, after map[string]map[string]any) []difference {
	var all []difference
	for _, role := range slices.Sorted(maps.Keys(union(before, after))) {
		old, hadOld := before[role]
		now, hasNow := after[role]
		switch {
		case !hasNow:
			all = append(all, difference{role, nil, removed, old, nil})
		case !hadOld:
			all = append(all, difference{role, nil, added, nil, now})
		default:
			all = append(all, compareValues(role, nil, old, now)...)
		}
	}
	return all
}

func compareValues(role string, path keys, before, after any) []difference {
	old, oldIsMap := keyed(path, before).(map[string]any)
	now, nowIsMap := keyed(path, after).(map[string]any)
	if !oldIsMap || !nowIsMap {
		if reflect.DeepEqual(before, after) {
			return nil
		}
		return []difference{{role, path, changed, before, after}}
	}
	var all []difference
	for _, key := range slices.Sorted(maps.Keys(union(old, now))) {
		place := append(slices.Clone(path), key)
		was, hadOld := old[key]
		is, hasNow := now[key]
		switch {
		case !hasNow:
			all = append(all, difference{role, place, removed, was, nil})
		case !hadOld:
			all = append(all, difference{role, place, added, nil, is})
		default:
			all = append(all, compareValues(role, place, was, is)...)
		}
	}
	return all
}

// listKeys are the lists whose entries have a name, and where it stands.
var listKeys = map[string]func(entry map[string]any) string{
	"containers":     func(entry map[string]any) string { return entry["name"].(string) },
	"initContainers": func(entry map[string]any) string { return entry["name"].(string) },
	"env":            func(entry map[string]any) string { return entry["name"].(string) },
	"volumes":        func(entry map[string]any) string { return entry["name"].(string) },
	"volumeMounts":   func(entry map[string]any) string { return path.Clean(entry["mountPath"].(string)) },
	"volumeClaimTemplates": func(entry map[string]any) string {
		return entry["metadata"].(map[string]any)["name"].(string)
	},
}

// keyed turns a list into a map: by the names of its entries, or by their positions where the order counts.
func keyed(path keys, value any) any {
	list, isList := value.([]any)
	if !isList || len(path) == 0 {
		return value
	}
	name, named := listKeys[path[len(path)-1]]
	result := map[string]any{}
	for i, entry := range list {
		key := strconv.Itoa(i)
		if named {
			key = name(entry.(map[string]any))
		}
		if _, twice := result[key]; twice {
			// Two entries of one name are no map; a list that the API refuses must not look like a good one.
			return value
		}
		result[key] = entry
	}
	return result
}

func union[V any](a, b map[string]V) map[string]V {
	result := maps.Clone(a)
	if result == nil {
		result = map[string]V{}
	}
	maps.Copy(result, b)
	return result
}

// readInto reads a YAML file of the test's own data, strictly.
func readInto(t *testing.T, into any, file string) {
	t.Helper()
	text, err := json.Marshal(parseAny(t, readFile(t, file)))
	require.NoError(t, err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(into), "%s", file)
}

// change is a place that has another value with the key than without it.
type change struct {
	// role is the object's; everyObject stands for all.
	role string
	path keys
	// value is what is there with the key; gone where it took something away.
	value any
}

// everyObject stands for each object that is there with and without the key.
const everyObject = "*"

// gone is the value of a place that is there without the key only.
type gone struct{}

// configFile is a change of the Rust server's configuration file.
func configFile(value any, path ...string) change {
	return change{"ConfigMap/config", append(at("data", "config.yaml"), path...), value}
}

// set is a change of the StatefulSet.
func set(path keys, value any) change {
	return change{"StatefulSet", path, value}
}

// env is a plain variable of the server.
func env(name, value string) change {
	return set(server("env", name), map[string]any{"name": name, "value": value})
}

func warning(field, part string) said {
	return said{"warning", field, part}
}

func info(field, part string) said {
	return said{"info", field, part}
}

func refusal(field, part string) said {
	return said{"error", field, part}
}

// claim is the path of something in the claim of the data volume.
func claim(path ...string) keys {
	return append(at("spec", "volumeClaimTemplates", "data"), path...)
}

// open is the result that goes with every base on which authentication was left at its default.
var open = info("spec.chromadb.auth.enabled", "Chroma 1.5.3 has no authentication")

// leavesOf returns the paths of everything in a map that is not itself a map with something in it.
func leavesOf(path keys, value any) []keys {
	inner, isMap := value.(map[string]any)
	if !isMap || len(inner) == 0 {
		return []keys{path}
	}
	var leaves []keys
	for _, key := range slices.Sorted(maps.Keys(inner)) {
		leaves = append(leaves, leavesOf(append(slices.Clone(path), key), inner[key])...)
	}
	return leaves
}

// keyOf reads the path of a value, such as image.tag.
func keyOf(path string) keys {
	return strings.Split(path, ".")
}

func getValue(values map[string]any, path keys) any {
	var value any = values
	for _, key := range path {
		inner, _ := value.(map[string]any)
		value = inner[key]
	}
	return value
}

func setValue(values map[string]any, path keys, value any) {
	for _, key := range path[:len(path)-1] {
		if _, isMap := values[key].(map[string]any); !isMap {
			values[key] = map[string]any{}
		}
		values = values[key].(map[string]any)
	}
	values[path[len(path)-1]] = value
}

// requireValues fails unless the output has these values.
func requireValues(t *testing.T, want []change, after output) {
	t.Helper()
	for _, c := range want {
		value, ok := after.value(c.role, c.path)
		require.True(t, ok, "%s has no %s", c.role, c.path)
		require.Equal(t, c.value, value, "%s: %s", c.role, c.path)
	}
}

// checksum is the path of the annotation that restarts the pod.
var checksum = at("spec", "template", "metadata", "annotations", "chromafn.dev/config-checksum")

// requireChanges fails unless the objects differ in these places and no others. The pod must restart if, and only
// if, what it reads from ConfigMaps at its start has changed.
func requireChanges(t *testing.T, want []change, before, after output) {
	t.Helper()
	expected, actual := map[string]any{}, map[string]any{}
	for _, c := range want {
		roles := []string{c.role}
		if c.role == everyObject {
			roles = slices.Collect(maps.Keys(after.objects))
		}
		for _, role := range roles {
			expected[role+": "+c.path.String()] = c.value
		}
	}
	rereads, restarts := false, false
	for _, d := range compare(before.objects, after.objects) {
		isData := len(d.path) == 0 || d.path[0] == "data"
		rereads = rereads || strings.HasPrefix(d.role, "ConfigMap/") && isData
		switch {
		case d.role == "StatefulSet" && slices.Equal(d.path, checksum):
			restarts = true
		case d.how == removed:
			actual[d.role+": "+d.path.String()] = gone{}
		default:
			actual[d.role+": "+d.path.String()] = d.after
		}
	}
	require.Equal(t, expected, actual)
	require.Equal(t, rereads, restarts, "the checksum of the configuration must change with it")
}

// hasError reports whether the results refuse the values.
func hasError(expected []said) bool {
	return slices.ContainsFunc(expected, func(s said) bool { return s.Severity == "error" })
}
