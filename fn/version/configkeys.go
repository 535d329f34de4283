package version

import (
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// KeyType is the type that the Rust server demands of a configuration key. Another one makes it panic at the start.
type KeyType string

// The types of configuration keys, as YAML has them.
const (
	Bool    KeyType = "boolean"
	Integer KeyType = "integer"
	String  KeyType = "string"
	Strings KeyType = "list of strings"
	List    KeyType = "list"
	Map     KeyType = "map"
)

// A ConfigKey is one key of the Rust server's configuration file.
type ConfigKey struct {
	// Path is the key with its parents, separated by dots.
	Path string
	// Type is what the server demands of the value.
	Type KeyType
	// Nullable is set where null stands for "absent" instead of making the server panic.
	Nullable bool
	// Max is the largest integer that the server's type holds; 0 means that of a 64-bit unsigned integer.
	Max int64
	// Values are the only strings that the server knows; empty means any.
	Values []string
	// Since and Before bound the releases that read the key; Before is empty while it is read.
	Since, Before string
}

// ConfigKeys is the table of the keys that a single-node server reads, from rust/frontend/src/config.rs and
// rust/config of each tag. A server ignores keys that it does not know.
var ConfigKeys = []ConfigKey{
	{Path: "port", Type: Integer, Max: 65535, Since: rustServer},
	{Path: "listen_address", Type: String, Since: rustServer},
	{Path: "persist_path", Type: String, Since: rustServer},
	{Path: "sqlite_filename", Type: String, Since: rustServer},
	{Path: "allow_reset", Type: Bool, Since: rustServer},
	{Path: "max_payload_size_bytes", Type: Integer, Since: rustServer},
	{Path: "cors_allow_origins", Type: Strings, Nullable: true, Since: rustServer},
	{Path: "circuit_breaker", Type: Map, Since: rustServer},
	{Path: "circuit_breaker.requests", Type: Integer, Max: 1<<32 - 1, Since: rustServer},
	{Path: "scorecard_enabled", Type: Bool, Since: rustServer},
	{Path: "scorecard", Type: List, Since: rustServer},
	{Path: "open_telemetry", Type: Map, Nullable: true, Since: rustServer},
	{Path: "open_telemetry.endpoint", Type: String, Since: rustServer},
	{Path: "open_telemetry.service_name", Type: String, Since: rustServer},
	{Path: "open_telemetry.filters", Type: List, Since: filtersAdded},
	{Path: "stdout_tracing", Type: Bool, Since: "1.5.7"},
	{Path: "sqlitedb", Type: Map, Since: rustServer},
	{Path: "sqlitedb.hash_type", Type: String, Values: []string{"md5", "sha256"}, Since: rustServer},
	{Path: "sqlitedb.migration_mode", Type: String, Values: []string{"apply", "validate"}, Since: rustServer},
	{Path: "sqlitedb.url", Type: String, Nullable: true, Since: rustServer},
	{Path: "segment_manager", Type: Map, Since: rustServer},
	{Path: "segment_manager.hnsw_index_pool_cache_config", Type: Map, Since: rustServer},
	{Path: "segment_manager.persist_path", Type: String, Nullable: true, Since: rustServer},
	{Path: "sysdb", Type: Map, Since: rustServer},
	{Path: "log", Type: Map, Since: rustServer},
	{Path: "executor", Type: Map, Since: rustServer},
	{Path: "collections_with_segments_provider", Type: Map, Since: rustServer},
	{Path: "enable_span_indexing", Type: Bool, Since: rustServer},
	{Path: "default_knn_index", Type: String, Values: []string{"hnsw", "spann"}, Since: "1.0.6"},
	{Path: "enable_set_index_params", Type: Bool, Since: "1.0.8", Before: "1.0.9"},
	{Path: "tenants_to_migrate_immediately", Type: Strings, Since: wildcardFixed},
	{Path: "tenants_to_migrate_immediately_threshold", Type: String, Nullable: true, Since: "1.0.13"},
	{Path: "enable_schema", Type: Bool, Since: "1.2.0"},
	{Path: "min_records_for_task", Type: Integer, Since: "1.2.0", Before: "1.3.1"},
	{Path: "min_records_for_invocation", Type: Integer, Since: "1.3.1"},
	{Path: "mcmr_sysdb", Type: Map, Nullable: true, Since: "1.4.0"},
	{Path: "tenants_with_quantization_enabled", Type: Strings, Since: "1.5.0"},
	{Path: "region", Type: String, Since: "1.5.6"},
	{Path: "enable_log_scouting", Type: Bool, Since: "1.5.7"},
	{Path: "tenants_with_maxscore_enabled", Type: Strings, Since: "1.5.9"},
}

// FindConfigKey looks a key up by its path.
func FindConfigKey(path string) (ConfigKey, bool) {
	i := slices.IndexFunc(ConfigKeys, func(k ConfigKey) bool { return k.Path == path })
	if i < 0 {
		return ConfigKey{}, false
	}
	return ConfigKeys[i], true
}

// HasChildren reports whether the table lists keys below this one, so that an unlisted one below it is unknown.
func (k ConfigKey) HasChildren() bool {
	return slices.ContainsFunc(ConfigKeys, func(other ConfigKey) bool {
		return strings.HasPrefix(other.Path, k.Path+".")
	})
}

// ReadBy reports whether the version of the capabilities reads the key.
func (k ConfigKey) ReadBy(c Capabilities) bool {
	v, err := semver.StrictNewVersion(c.Version)
	if err != nil {
		return false
	}
	f := fact{since: k.Since, before: k.Before}
	return f.covers(semver.New(v.Major(), v.Minor(), v.Patch(), "", ""))
}

// Support words the releases that read the key.
func (k ConfigKey) Support() string {
	return between(k.Since, k.Before)
}
