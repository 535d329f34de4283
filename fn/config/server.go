package config

import (
	"maps"
)

// ServerConfig is the content of the Rust server's configuration file: the dedicated values under the server's keys,
// then extraConfig merged over them. It must not be changed.
func (c *ChromaConfig) ServerConfig() map[string]any {
	return merge(c.dedicatedConfig(), c.Spec.Chromadb.ExtraConfig)
}

// dedicatedConfig is the configuration file without extraConfig.
func (c *ChromaConfig) dedicatedConfig() map[string]any {
	db := c.Spec.Chromadb
	config := map[string]any{
		"port":                   int64(db.ServerHTTPPort),
		"listen_address":         db.ServerHost,
		"max_payload_size_bytes": db.MaxPayloadSizeBytes,
		"persist_path":           db.PersistDirectory,
		"allow_reset":            db.AllowReset,
	}
	if len(db.CORSAllowOrigins) > 0 {
		config["cors_allow_origins"] = anyList(db.CORSAllowOrigins)
	}
	if db.SqliteFilename != "" {
		config["sqlite_filename"] = db.SqliteFilename
	}
	if sqlitedb := nonEmpty(map[string]string{"hash_type": db.SqliteDB.HashType, "migration_mode": db.SqliteDB.MigrationMode}); len(sqlitedb) > 0 {
		config["sqlitedb"] = sqlitedb
	}
	if db.CircuitBreaker.Requests != nil {
		config["circuit_breaker"] = map[string]any{"requests": *db.CircuitBreaker.Requests}
	}
	if cache := db.SegmentManager.HNSWIndexPoolCacheConfig; len(cache) > 0 {
		config["segment_manager"] = map[string]any{"hnsw_index_pool_cache_config": cache}
	}
	if db.Telemetry.Enabled {
		config["open_telemetry"] = openTelemetry(db.Telemetry)
	}
	return config
}

func openTelemetry(t Telemetry) map[string]any {
	config := map[string]any{"endpoint": t.Endpoint, "service_name": t.ServiceName}
	if len(t.Filters) > 0 {
		filters := make([]any, len(t.Filters))
		for i, f := range t.Filters {
			filters[i] = map[string]any{"crate_name": f.CrateName, "filter_level": f.FilterLevel}
		}
		config["filters"] = filters
	}
	return config
}

// merge returns the first map with the second merged over it, map by map; lists and scalars are replaced.
func merge(below, above map[string]any) map[string]any {
	result := maps.Clone(below)
	for key, value := range above {
		upper, upperIsMap := value.(map[string]any)
		lower, lowerIsMap := result[key].(map[string]any)
		if upperIsMap && lowerIsMap {
			value = merge(lower, upper)
		}
		result[key] = value
	}
	return result
}

// nonEmpty returns the entries that have a value.
func nonEmpty(values map[string]string) map[string]any {
	result := map[string]any{}
	for key, value := range values {
		if value != "" {
			result[key] = value
		}
	}
	return result
}

func anyList(values []string) []any {
	result := make([]any, len(values))
	for i, value := range values {
		result[i] = value
	}
	return result
}
