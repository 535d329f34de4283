package chart_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/fn/config"
)

// This file says for our render what the chart's own template test says for Helm's, group by group; the numbers are
// those of its groups. Where a group writes down an error of the chart, a test says what we do instead.

// What goes with values that the chart renders without a word.
var (
	sha256Warning   = warning("spec.chromadb.sqliteDb.hashType", "sha256 is fixed when the database is created")
	validateWarning = warning("spec.chromadb.sqliteDb.migrationMode", "panic at its start on an empty volume")
)

// TestConfigurationFile covers the groups in which values reach the Rust server's configuration file.
func TestConfigurationFile(t *testing.T) {
	for _, test := range []struct {
		name   string
		values string
		// want are keys of the file with their values; nil stands for a key that is not there.
		want map[string]any
		// says are the warnings beside the notes that every unpinned open database has.
		says []said
	}{
		{name: "1 defaults", values: "{}", want: map[string]any{
			"port":                   8000.0,
			"listen_address":         "0.0.0.0",
			"max_payload_size_bytes": 41943040.0,
			"persist_path":           "/data",
			"allow_reset":            false,
			"cors_allow_origins":     nil,
			"open_telemetry":         nil,
			"sqlite_filename":        nil,
			"sqlitedb":               nil,
			"circuit_breaker":        nil,
			"segment_manager":        nil,
		}},
		{name: "2 any origin", values: `chromadb: {corsAllowOrigins: ["*"]}`, want: map[string]any{
			"cors_allow_origins": []any{"*"},
		}},
		{name: "3 two origins", values: "chromadb: {corsAllowOrigins: [https://a.com, https://b.com]}", want: map[string]any{
			"cors_allow_origins": []any{"https://a.com", "https://b.com"},
		}},
		{name: "4 telemetry", values: "chromadb: {telemetry: {enabled: true, endpoint: 'http://otel:4317', serviceName: my-chroma}}", want: map[string]any{
			"open_telemetry": map[string]any{"endpoint": "http://otel:4317", "service_name": "my-chroma"},
		}},
		{
			name:   "5 server settings",
			values: "chromadb: {serverHttpPort: 9000, serverHost: 127.0.0.1, allowReset: true, persistDirectory: /mnt/data, maxPayloadSizeBytes: 52428800}",
			want: map[string]any{
				"port":                   9000.0,
				"listen_address":         "127.0.0.1",
				"allow_reset":            true,
				"persist_path":           "/mnt/data",
				"max_payload_size_bytes": 52428800.0,
			},
			says: []said{warning("spec.chromadb.serverHost", "never becomes ready")},
		},
		{
			name:   "6 extraConfig is merged in",
			values: "chromadb: {extraConfig: {circuit_breaker: {requests: 500}, sqlite_filename: custom.db}}",
			want: map[string]any{
				"circuit_breaker": map[string]any{"requests": 500.0},
				"sqlite_filename": "custom.db",
				"port":            8000.0,
			},
			says: []said{warning("spec.chromadb.extraConfig.circuit_breaker", "every request answers 429")},
		},
		{
			name:   "16 values of their own",
			values: "chromadb: {sqliteFilename: custom.sqlite3, sqliteDb: {hashType: sha256, migrationMode: validate}, circuitBreaker: {requests: 500}}",
			want: map[string]any{
				"sqlite_filename": "custom.sqlite3",
				"sqlitedb":        map[string]any{"hash_type": "sha256", "migration_mode": "validate"},
				"circuit_breaker": map[string]any{"requests": 500.0},
			},
			says: []said{sha256Warning, validateWarning, warning("spec.chromadb.circuitBreaker.requests", "every request answers 429")},
		},
		{name: "22 a circuit breaker of 0", values: "chromadb: {circuitBreaker: {requests: 0}}", want: map[string]any{
			"circuit_breaker": map[string]any{"requests": 0.0},
		}},
		{
			name: "23 words in another case", values: "chromadb: {sqliteDb: {hashType: SHA256, migrationMode: Validate}}",
			want: map[string]any{"sqlitedb": map[string]any{"hash_type": "sha256", "migration_mode": "validate"}},
			says: []said{sha256Warning, validateWarning},
		},
		{
			name: "24 telemetry with filters",
			values: "chromadb: {telemetry: {enabled: true, endpoint: 'http://otel:4317', serviceName: my-chroma, " +
				"filters: [{crate_name: chroma_frontend, filter_level: debug}]}}",
			want: map[string]any{"open_telemetry": map[string]any{
				"endpoint":     "http://otel:4317",
				"service_name": "my-chroma",
				"filters":      []any{map[string]any{"crate_name": "chroma_frontend", "filter_level": "debug"}},
			}},
		},
		{
			name:   "25 extraConfig wins over a value of its own",
			values: "chromadb: {sqliteDb: {hashType: sha256}, extraConfig: {sqlitedb: {hash_type: md5}}}",
			want:   map[string]any{"sqlitedb": map[string]any{"hash_type": "md5"}},
		},
		{name: "29 allowReset as a string", values: `chromadb: {allowReset: "TRUE"}`, want: map[string]any{"allow_reset": true}},
		{name: "29 allowReset as a string with spaces", values: `chromadb: {allowReset: " True "}`, want: map[string]any{"allow_reset": true}},
		{name: "maxPayloadSizeBytes as a string", values: `chromadb: {maxPayloadSizeBytes: "52428800"}`, want: map[string]any{"max_payload_size_bytes": 52428800.0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := render(t, test.values)
			file := result.config(t)
			for key, want := range test.want {
				assert.Equal(t, want, file[key], key)
			}
			requireResults(t, append(test.says, unpinned...), result.results)
		})
	}
}

// unpinned are the results of every database whose values name neither a version nor authentication.
var unpinned = []said{info("spec.chromadb.apiVersion", "pin it"), open}

// TestRefusals covers the groups in which the chart does not render, and those in which it should not: 17 and 18
// write down what makes the server panic at its start.
func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name   string
		values string
		want   said
	}{
		{"7 another port in extraConfig", "chromadb: {extraConfig: {port: 9999}}", refusal("spec.chromadb.extraConfig.port", "set spec.chromadb.serverHttpPort instead")},
		{"8 another address in extraConfig", "chromadb: {extraConfig: {listen_address: 127.0.0.1}}", refusal("spec.chromadb.extraConfig.listen_address", "set spec.chromadb.serverHost instead")},
		{"9 telemetry without an endpoint", "chromadb: {telemetry: {enabled: true}}", refusal("spec.chromadb.telemetry.endpoint", "is required")},
		{
			"17 filters without telemetry", "chromadb: {telemetry: {filters: [{crate_name: chroma_frontend, filter_level: info}]}}",
			refusal("spec.chromadb.telemetry.filters", "filters without an endpoint make the server panic"),
		},
		{
			"18 the documented cache", "chromadb: {segmentManager: {hnswIndexPoolCacheConfig: {policy: memory, capacity: 65536}}}",
			refusal("spec.chromadb.segmentManager.hnswIndexPoolCacheConfig", "{memory: {capacity: 65536}}"),
		},
		{"19 an unknown hash", "chromadb: {sqliteDb: {hashType: sha1}}", refusal("spec.chromadb.sqliteDb.hashType", "must be one of md5, sha256")},
		{"20 an unknown migration mode", "chromadb: {sqliteDb: {migrationMode: skip}}", refusal("spec.chromadb.sqliteDb.migrationMode", "must be one of apply, validate")},
		{"21 a negative circuit breaker", "chromadb: {circuitBreaker: {requests: -1}}", refusal("spec.chromadb.circuitBreaker.requests", "must be at least 0")},
		{"27 extraConfig as a list", "chromadb: {extraConfig: [invalid]}", refusal("spec.chromadb.extraConfig", "must be a map, not a list")},
		{"28 extraConfig as a string", "chromadb: {extraConfig: invalid}", refusal("spec.chromadb.extraConfig", "must be a map")},
		{"31 allowReset of another word", `chromadb: {allowReset: "yes"}`, refusal("spec.chromadb.allowReset", "must be true or false")},
		{"32 isPersistent of another word", `chromadb: {isPersistent: "on"}`, refusal("spec.chromadb.isPersistent", "must be true or false")},
		{"33 a relative directory", "chromadb: {persistDirectory: data}", refusal("spec.chromadb.persistDirectory", "must be an absolute path")},
		{"33 no directory", `chromadb: {persistDirectory: ""}`, refusal("spec.chromadb.persistDirectory", "must be an absolute path")},
		{
			"no credential before 1.0.0", "chromadb: {apiVersion: 0.6.3}",
			refusal("spec.chromadb.auth", "name it in spec.chromadb.auth.existingSecret, or set spec.chromadb.auth.enabled to false"),
		},
		{"any origin before 1.0.11", `chromadb: {apiVersion: 1.0.10, corsAllowOrigins: ["*"]}`, refusal("spec.chromadb.corsAllowOrigins", "1.0.11 and newer")},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := render(t, test.values)
			assert.Empty(t, result.objects)
			matching := slices.DeleteFunc(slices.Clone(result.results), func(r *sdk.Result) bool { return r.Severity != "error" })
			requireResults(t, []said{test.want}, matching)
		})
	}
}

// TestCacheThatTheServerTakes is the working form of what group 18 asks for.
func TestCacheThatTheServerTakes(t *testing.T) {
	result := render(t, "chromadb: {segmentManager: {hnswIndexPoolCacheConfig: {memory: {capacity: 65536}}}}")
	assert.Equal(t, map[string]any{
		"hnsw_index_pool_cache_config": map[string]any{"memory": map[string]any{"capacity": 65536.0}},
	}, result.config(t)["segment_manager"])
	requireResults(t, append([]said{
		warning("spec.chromadb.segmentManager.hnswIndexPoolCacheConfig", "answers 500 until the server restarts"),
	}, unpinned...), result.results)
}

// TestAnyOriginBefore1 is what stands for group 10: the Python server reads no configuration file and takes its origins
// from the environment, as a JSON list.
func TestAnyOriginBefore1(t *testing.T) {
	for _, apiVersion := range []string{"0.4.3", "0.5.23", "0.6.3"} {
		t.Run(apiVersion, func(t *testing.T) {
			result := render(t, "chromadb: {apiVersion: "+apiVersion+`, corsAllowOrigins: ["*"], auth: {enabled: false}}`)
			result.requireRendered(t)
			assert.NotContains(t, result.objects, "ConfigMap/config")
			origins, ok := result.value("StatefulSet", server("env", "CHROMA_SERVER_CORS_ALLOW_ORIGINS", "value"))
			assert.True(t, ok)
			assert.Equal(t, `["*"]`, origins)
			assert.Empty(t, result.results)
		})
	}
}

// TestPort covers the groups 11 to 15: no server reads CHROMA_SERVER_HTTP_PORT as its own port, so it is never set. The
// port is where the version reads it, and the Service, the container and the server agree on it.
func TestPort(t *testing.T) {
	const inFile, inEnv, inCommand = "file", "env", "command"
	for _, test := range []struct {
		name   string
		values string
		port   float64
		reads  string
	}{
		{"11 default of the default version", "{}", 8000, inFile},
		{"12 another before 1.0.0", "chromadb: {apiVersion: 0.6.3, serverHttpPort: 9000, auth: {enabled: false}}", 9000, inEnv},
		{"12 another before the image reads it", "chromadb: {apiVersion: 0.4.22, serverHttpPort: 9000, auth: {enabled: false}}", 9000, inCommand},
		{"13 default of 1.0.0", "chromadb: {apiVersion: 1.0.0}", 8000, inFile},
		{"14 default before 1.0.0", "chromadb: {apiVersion: 0.6.3, auth: {enabled: false}}", 8000, inEnv},
		{"15 another of 1.5.3", "chromadb: {apiVersion: 1.5.3, serverHttpPort: 9000}", 9000, inFile},
		{"15 another as a string", `chromadb: {apiVersion: 1.5.3, serverHttpPort: "9000"}`, 9000, inFile},
	} {
		t.Run(test.name, func(t *testing.T) {
			result := render(t, test.values)
			result.requireRendered(t)
			_, ignored := result.value("StatefulSet", server("env", "CHROMA_SERVER_HTTP_PORT"))
			assert.False(t, ignored)
			requireValues(t, []change{
				{"Service", at("spec", "ports", "0", "port"), test.port},
				{"Service", at("spec", "ports", "0", "targetPort"), test.port},
				set(server("ports", "0", "containerPort"), test.port),
			}, result)
			text := strconv.Itoa(int(test.port))
			switch test.reads {
			case inFile:
				requireValues(t, []change{configFile(test.port, "port")}, result)
			case inEnv:
				requireValues(t, []change{env("CHROMA_HOST_PORT", text)}, result)
			case inCommand:
				command, _ := result.value("StatefulSet", server("command"))
				require.Subset(t, command, []any{"--port", text})
			}
		})
	}
}

// TestRustOptionsBefore1 is what stands for group 26: each of these values has a warning that says which version it
// needs, and the objects are those without it.
func TestRustOptionsBefore1(t *testing.T) {
	const base = "chromadb: {apiVersion: 0.6.3, auth: {enabled: false}}"
	without := render(t, base)
	without.requireRendered(t)
	require.Empty(t, without.results)
	for field, value := range map[string]string{
		"chromadb.sqliteFilename":                          "custom.sqlite3",
		"chromadb.sqliteDb.hashType":                       "sha256",
		"chromadb.sqliteDb.migrationMode":                  "validate",
		"chromadb.circuitBreaker.requests":                 "500",
		"chromadb.segmentManager.hnswIndexPoolCacheConfig": "{capacity: 65536}",
		"chromadb.maxPayloadSizeBytes":                     "52428800",
		"chromadb.extraConfig":                             "{port: 9999}",
	} {
		t.Run(field, func(t *testing.T) {
			values := parse(t, base)
			setValue(values, keyOf(field), parseAny(t, value))
			with := renderValues(t, values)
			requireResults(t, []said{warning("spec."+field, "has no effect on Chroma 0.6.3; it needs 1.0.0 and newer")}, with.results)
			assert.Equal(t, without.objects, with.objects)
		})
	}
	t.Run("chromadb.telemetry.filters", func(t *testing.T) {
		values := parse(t, base)
		setValue(values, keyOf("chromadb.telemetry.filters"), parseAny(t, "[{crate_name: chroma_frontend, filter_level: info}]"))
		with := renderValues(t, values)
		requireResults(t, []said{warning("spec.chromadb.telemetry.filters", "has no effect on Chroma 0.6.3; it needs 1.0.16 and newer")}, with.results)
		assert.Equal(t, without.objects, with.objects)
	})
}

// TestPersistence covers group 30. The image of the Python server writes to disk whatever IS_PERSISTENT says, so what
// the values decide is where: on a claim, or in a volume that goes with the pod.
func TestPersistence(t *testing.T) {
	for _, test := range []struct {
		value        string
		isPersistent bool
	}{
		{"true", true},
		{`"TRUE"`, true},
		{`" True "`, true},
		{"false", false},
		{`"FALSE"`, false},
		{`"False"`, false},
	} {
		for _, apiVersion := range []string{"0.6.3", "1.5.3"} {
			t.Run(test.value+" on "+apiVersion, func(t *testing.T) {
				result := render(t, "chromadb: {apiVersion: "+apiVersion+", auth: {enabled: false}, isPersistent: "+test.value+"}")
				result.requireRendered(t)
				claims, claimed := result.value("StatefulSet", at("spec", "volumeClaimTemplates"))
				scratch, inPod := result.value("StatefulSet", pod("volumes", "data", "emptyDir"))
				mount, mounted := result.value("StatefulSet", server("volumeMounts", "/data", "name"))
				assert.True(t, mounted)
				assert.Equal(t, "data", mount)
				assert.Equal(t, test.isPersistent, claimed)
				assert.Equal(t, !test.isPersistent, inPod)
				if test.isPersistent {
					assert.Len(t, claims, 1)
					assert.Empty(t, result.results)
					return
				}
				assert.Equal(t, map[string]any{}, scratch)
				requireResults(t, []said{warning("spec.chromadb.isPersistent", "is lost whenever it is replaced")}, result.results)
			})
		}
	}
}

// TestDefaultImage covers group 34.
func TestDefaultImage(t *testing.T) {
	result := render(t, "{}")
	requireValues(t, []change{set(server("image"), "ghcr.io/chroma-core/chroma:1.5.3")}, result)
	requireResults(t, unpinned, result.results)
}

// otherDefault is a default that is not the chart's.
type otherDefault struct {
	chart, ours any
	reason      string
}

// otherDefaults are the keys of the chart with another default here.
var otherDefaults = map[string]otherDefault{
	"serviceAccount.automountServiceAccountToken": {true, false, "Chroma never calls the Kubernetes API."},
	"podSpec.terminationGracePeriodSeconds":       {5.0, 30.0, "SQLite needs the time for a clean close."},
	"chromadb.data.retentionPolicyOnDelete":       {"Delete", "Retain", "Uninstalling must not lose data."},
	"chromadb.maxPayloadSizeBytes":                {"41943040", 41943040.0, "It is an integer, which may be written as a string."},
	"ingress.hosts": {
		[]any{map[string]any{"host": "chart-example.local", "paths": []any{map[string]any{"path": "/", "pathType": "ImplementationSpecific"}}}},
		nil, "An example host helps nobody.",
	},
}

// ownDefaults are the keys with a default that the chart's values file does not have.
var ownDefaults = map[string]otherDefault{
	"startupProbe.timeoutSeconds": {nil, 1.0, "It is what the API adds where the chart has nothing."},
	"chromadb.auth.secretName":    {nil, "chromadb-auth", "The chart fixes the name, without a key for it."},
}

// TestDefaults compares our defaults with the chart's, value by value and in both directions.
func TestDefaults(t *testing.T) {
	chart := parse(t, readFile(t, valuesFile))
	ours := toAny(t, config.DefaultSpec()).(map[string]any)
	met := map[string]bool{}
	for _, leaf := range leavesOf(nil, chart) {
		key, theirs, own := strings.Join(leaf, "."), getValue(chart, leaf), getValue(ours, leaf)
		t.Run(key, func(t *testing.T) {
			if other, differs := otherDefaults[key]; differs {
				met[key] = true
				assert.NotEmpty(t, other.reason)
				assert.NotEqual(t, other.chart, other.ours, "no difference, remove it")
				assert.Equal(t, other.chart, theirs)
				assert.Equal(t, other.ours, own)
				return
			}
			assert.Equal(t, orNothing(theirs), orNothing(own))
		})
	}
	for _, leaf := range leavesOf(nil, ours) {
		key, own := strings.Join(leaf, "."), getValue(ours, leaf)
		if getValue(chart, leaf) != nil || orNothing(own) == nil || own == 0.0 || own == false {
			continue
		}
		t.Run("ours: "+key, func(t *testing.T) {
			met[key] = true
			require.Contains(t, ownDefaults, key, "the chart has no such default")
			assert.Equal(t, ownDefaults[key].ours, own)
		})
	}
	named := slices.Concat(slices.Collect(maps.Keys(otherDefaults)), slices.Collect(maps.Keys(ownDefaults)))
	assert.ElementsMatch(t, named, slices.Collect(maps.Keys(met)), "a difference in the tables is none")
}

// orNothing makes one of the ways to say that there is no value: null, an empty string, an empty list, and a map that
// holds nothing else.
func orNothing(value any) any {
	switch value := value.(type) {
	case string:
		if value == "" {
			return nil
		}
	case []any:
		if len(value) == 0 {
			return nil
		}
	case map[string]any:
		for _, inner := range value {
			if orNothing(inner) != nil {
				return value
			}
		}
		return nil
	}
	return value
}

// TestValuesFileAsSpec pastes the chart's whole values file under spec: it is accepted, and yields what no values at
// all yield, but for the defaults that differ.
func TestValuesFileAsSpec(t *testing.T) {
	none, all := render(t, "{}"), render(t, readFile(t, valuesFile))
	all.requireRendered(t)
	requireChanges(t, []change{
		{"ServiceAccount", at("automountServiceAccountToken"), true},
		set(pod("automountServiceAccountToken"), true),
		set(pod("terminationGracePeriodSeconds"), 5.0),
		set(at("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"), "Delete"),
	}, none, all)
	requireResults(t, []said{
		info("spec.chromadb.apiVersion", "pin it"),
		warning("spec.chromadb.auth.enabled", "Chroma 1.5.3 has no authentication"),
		warning("spec.chromadb.data.retentionPolicyOnDelete", "Retain keeps it"),
		info("spec.ingress", "spec.ingress.enabled is false"),
		info("spec.podSpec.terminationGracePeriodSeconds", "less than the 30 seconds"),
	}, all.results)
}
