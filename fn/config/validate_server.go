package config

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/chromafn/chroma-fn/fn/version"
)

// validateServerConfig checks the Rust server's configuration file as it will be, after extraConfig was merged in:
// a wrong type, an unknown word or a missing part makes the server panic at its start.
func (v *validator) validateServerConfig() {
	if !v.caps.ReadsConfigFile {
		return
	}
	extra := v.c.Spec.Chromadb.ExtraConfig
	path := field.NewPath("spec", "chromadb", "extraConfig")
	v.validateManagedKeys(extra, path)
	for _, key := range sortedKeys(extra) {
		v.validateKey(key, extra[key], path.Child(key))
	}
	config := v.c.ServerConfig()
	v.validateExtraValues(extra, path)
	v.validateWildcard(config)
	v.validateCircuitBreaker(config)
	v.validateIndexCache(config)
	v.validateSqliteDB(config)
	v.validateExtraTelemetry(extra, path)
}

// managedKeys are the keys that extraConfig must not change, with the value that is to be used instead: the Service,
// the probes and the volume depend on them.
var managedKeys = map[string]string{
	"port":           "serverHttpPort",
	"listen_address": "serverHost",
	"persist_path":   "persistDirectory",
}

// refusedKeys configure what a single-node server must leave alone: another value hides its data or keeps it from
// starting.
var refusedKeys = map[string]string{
	"collections_with_segments_provider": "a part of it makes the server panic, and its defaults are right",
	"executor":                           "the server is its own executor; anything else keeps it from starting",
	"log":                                "another value hides the data that is there",
	"mcmr_sysdb":                         "it belongs to distributed Chroma",
	"sysdb":                              "a part of it makes the server panic, and its defaults are right",
}

func (v *validator) validateManagedKeys(extra map[string]any, path *field.Path) {
	managed := v.c.dedicatedConfig()
	for key, value := range managedKeys {
		if given, set := extra[key]; set && given != managed[key] {
			v.errorf(path.Child(key), "must not be changed here; set spec.chromadb.%s instead", value)
		}
	}
	for key, why := range refusedKeys {
		if _, set := extra[key]; set {
			v.errorf(path.Child(key), "must be left out: %s", why)
		}
	}
	for _, inner := range []string{"segment_manager.persist_path", "sqlitedb.url"} {
		outer, key, _ := strings.Cut(inner, ".")
		if section, isMap := extra[outer].(map[string]any); isMap && section[key] != nil {
			v.errorf(path.Child(outer, key), "must be left out: it moves data off the volume")
		}
	}
}

// validateKey checks a key of extraConfig, and those below it, against the table of the server's keys.
func (v *validator) validateKey(key string, value any, path *field.Path) {
	known, ok := version.FindConfigKey(key)
	switch {
	case refusedKeys[key] != "" || managedKeys[key] != "":
	case !ok:
		v.warnf(path, "is no key of the configuration of Chroma %s, which ignores it", v.caps.Version)
	case !known.ReadBy(v.caps):
		v.warnf(path, "has no effect on Chroma %s; it needs %s", v.caps.Version, known.Support())
	case !hasType(known, value):
		v.errorf(path, "must be %s: anything else makes the server panic at its start", wordType(known))
	case known.HasChildren():
		section, _ := value.(map[string]any)
		for _, inner := range sortedKeys(section) {
			v.validateKey(key+"."+inner, section[inner], path.Child(inner))
		}
	}
}

// hasType reports whether the server can read the value of the key.
func hasType(key version.ConfigKey, value any) bool {
	if value == nil {
		return key.Nullable
	}
	switch key.Type {
	case version.Bool:
		_, ok := value.(bool)
		return ok
	case version.Integer:
		n, ok := value.(int64)
		return ok && n >= 0 && (key.Max == 0 || n <= key.Max)
	case version.String:
		s, ok := value.(string)
		return ok && (len(key.Values) == 0 || slices.Contains(key.Values, s))
	case version.Map:
		_, ok := value.(map[string]any)
		return ok
	case version.Strings:
		list, ok := value.([]any)
		return ok && !slices.ContainsFunc(list, func(item any) bool { _, isString := item.(string); return !isString })
	default:
		_, ok := value.([]any)
		return ok
	}
}

// wordType words what the server demands of a key.
func wordType(key version.ConfigKey) string {
	switch {
	case len(key.Values) > 0:
		return strings.Join(key.Values, " or ") + ", in lower case"
	case key.Type == version.Integer && key.Max > 0:
		return fmt.Sprintf("an integer from 0 to %d, not in quotes", key.Max)
	case key.Type == version.Integer:
		return "an integer of at least 0, not in quotes"
	case key.Type == version.Bool:
		return "true or false, not in quotes"
	default:
		return "a " + string(key.Type)
	}
}

// validateExtraValues holds the values of extraConfig to what the dedicated ones are held to.
func (v *validator) validateExtraValues(extra map[string]any, path *field.Path) {
	if file, isText := extra["sqlite_filename"].(string); isText {
		v.validateSqliteFilename(file, path.Child("sqlite_filename"))
	}
	if extra["max_payload_size_bytes"] == int64(0) {
		v.errorf(path.Child("max_payload_size_bytes"), "0 makes the server refuse every request that has a body")
	}
	if extra["default_knn_index"] == "spann" {
		v.warnf(path.Child("default_knn_index"), "spann makes the server refuse every new collection: it belongs to distributed Chroma")
	}
	origins, _ := extra["cors_allow_origins"].([]any)
	for i, origin := range origins {
		if text, isText := origin.(string); isText {
			v.validateOrigin(text, path.Child("cors_allow_origins").Index(i))
		}
	}
	telemetry, _ := extra["open_telemetry"].(map[string]any)
	filters, _ := telemetry["filters"].([]any)
	for i, filter := range filters {
		v.validateExtraFilter(filter, path.Child("open_telemetry", "filters").Index(i))
	}
	scorecard, _ := extra["scorecard"].([]any)
	for i, entry := range scorecard {
		v.validateScore(entry, path.Child("scorecard").Index(i))
	}
}

// filterLevels are the words that the server knows, in lower case.
var filterLevels = []string{"trace", "debug", "info", "warn", "error"}

func (v *validator) validateExtraFilter(filter any, at *field.Path) {
	entry, _ := filter.(map[string]any)
	crate, _ := entry["crate_name"].(string)
	level, _ := entry["filter_level"].(string)
	if !cratePattern.MatchString(crate) || !slices.Contains(filterLevels, level) {
		v.errorf(at, "must be a crate_name, with underscores, and a filter_level among %s, in lower case: anything else makes the server panic at its start", strings.Join(filterLevels, ", "))
	}
}

func (v *validator) validateScore(entry any, at *field.Path) {
	score, _ := entry.(map[string]any)
	patterns, isList := score["patterns"].([]any)
	n, isInt := score["score"].(int64)
	if !isList || !isInt || n < 0 || n > math.MaxUint32 || slices.ContainsFunc(patterns, func(p any) bool { _, isText := p.(string); return !isText }) {
		v.errorf(at, "must be a list of patterns and a score, an integer from 0 to %d: anything else makes the server panic at its start", math.MaxUint32)
	}
}

// place is the path of a value of the configuration file: in extraConfig where it comes from there, else the
// dedicated one below spec.chromadb.
func (v *validator) place(key string, dedicated ...string) *field.Path {
	chromadb := field.NewPath("spec", "chromadb")
	if _, extra := v.c.Spec.Chromadb.ExtraConfig[key]; extra {
		return chromadb.Child("extraConfig", key)
	}
	return chromadb.Child(dedicated[0], dedicated[1:]...)
}

func (v *validator) validateWildcard(config map[string]any) {
	origins, _ := config["cors_allow_origins"].([]any)
	at := v.place("cors_allow_origins", "corsAllowOrigins")
	switch {
	case !slices.Contains(origins, any("*")):
	case !v.caps.AllowsWildcardOrigin:
		v.errorf(at, `"*" makes Chroma %s panic at its start; name the origins, or use Chroma %s`, v.caps.Version, version.Support("AllowsWildcardOrigin"))
	case len(origins) > 1:
		v.errorf(at, `"*" beside another origin makes the server panic at its start; keep "*" alone, or remove it`)
	}
}

func (v *validator) validateCircuitBreaker(config map[string]any) {
	breaker, isMap := config["circuit_breaker"].(map[string]any)
	if !isMap {
		return
	}
	at := v.place("circuit_breaker", "circuitBreaker", "requests")
	switch requests, set := breaker["requests"]; {
	case !set:
		v.errorf(at, "needs requests: without it the server panics at its start")
	case requests != int64(0):
		v.warnf(at, "is harmful: each client that hangs up early takes a place forever, and once all are taken every request answers 429, those of the probes too; leave it out")
	}
}

// indexCaches are the kinds of cache that the server accepts for its open indexes; the others panic.
var indexCaches = []string{"memory", "lru", "lfu", "weighted_lru"}

func (v *validator) validateIndexCache(config map[string]any) {
	manager, _ := config["segment_manager"].(map[string]any)
	cache, isMap := manager["hnsw_index_pool_cache_config"].(map[string]any)
	if !isMap {
		return
	}
	at := v.place("segment_manager", "segmentManager", "hnswIndexPoolCacheConfig")
	kind := ""
	if len(cache) == 1 {
		kind = sortedKeys(cache)[0]
	}
	settings, isMap := cache[kind].(map[string]any)
	if !slices.Contains(indexCaches, kind) || !isMap || !isCacheSize(settings) {
		v.errorf(at, "must be one of %s with a capacity, such as {memory: {capacity: 65536}}: the form {policy: …, capacity: …} and every other one make the server panic at its start", strings.Join(indexCaches, ", "))
		return
	}
	v.warnf(at, "is harmful: the capacity counts open indexes, and a collection of fewer than 1000 records whose index is closed answers 500 until the server restarts; leave it out")
}

// isCacheSize reports whether the settings of a cache are a capacity and, where wanted, a number of shards.
func isCacheSize(settings map[string]any) bool {
	for key, value := range settings {
		n, isInt := value.(int64)
		if key != "capacity" && key != "shards" || !isInt || n < 1 {
			return false
		}
	}
	return settings["capacity"] != nil
}

func (v *validator) validateSqliteDB(config map[string]any) {
	sqlitedb, _ := config["sqlitedb"].(map[string]any)
	if sqlitedb["hash_type"] == "sha256" {
		v.warnf(v.place("sqlitedb", "sqliteDb", "hashType"), "sha256 is fixed when the database is created: with one that was created with md5, the default, the server panics at its start")
	}
	if sqlitedb["migration_mode"] == "validate" {
		v.warnf(v.place("sqlitedb", "sqliteDb", "migrationMode"), "validate makes the server panic at its start on an empty volume and on the database of an older version; it fits a database that this version has migrated before")
	}
}

// validateExtraTelemetry checks the endpoint where extraConfig brings it.
func (v *validator) validateExtraTelemetry(extra map[string]any, path *field.Path) {
	given, isMap := extra["open_telemetry"].(map[string]any)
	if !isMap {
		return
	}
	merged, _ := v.c.ServerConfig()["open_telemetry"].(map[string]any)
	endpoint, _ := merged["endpoint"].(string)
	if _, set := given["endpoint"]; set || !v.c.Spec.Chromadb.Telemetry.Enabled {
		v.validateEndpoint(endpoint, path.Child("open_telemetry", "endpoint"))
	}
}
