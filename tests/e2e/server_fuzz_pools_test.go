package e2e_test

import (
	"maps"
	"testing"
)

// fuzzWords are strings that something on the way might take for something else.
var fuzzWords = []any{"", " ", "a", "a b", "ä", "~", "null", "true", "8000", "1e3", "'", `"`, "#", "{}", "[a]", "- a", "a: b", "$(POD_NAME)", "$$", "%s", "\\", "*", "&a", "!a", "|", "a\nb", "\t", "0x10", "2024-01-01"}

// ids are users and groups.
var ids = []any{0, 1, 999, 1000, 65534, 2147483647, "1000", -1}

// fuzzConfigPools are values of configuration keys that their type does not tell.
var fuzzConfigPools = map[string][]any{
	"cors_allow_origins":      origins,
	"sqlite_filename":         files,
	"open_telemetry":          {map[string]any{"endpoint": "http://127.0.0.1:4317"}, map[string]any{"service_name": "x"}, map[string]any{}},
	"open_telemetry.filters":  filters,
	"open_telemetry.endpoint": endpoints,
	"scorecard": {
		[]any{}, []any{map[string]any{"patterns": []any{"op:read"}, "score": 1}}, []any{map[string]any{"patterns": []any{"*"}, "score": 1}},
		[]any{map[string]any{"patterns": []any{"op:"}, "score": 1}}, []any{map[string]any{"patterns": []any{}, "score": 100}},
		[]any{map[string]any{"patterns": []any{""}, "score": 1}}, []any{map[string]any{"patterns": []any{"collection:*", "op:write"}, "score": 4294967295}},
		[]any{map[string]any{"patterns": []any{"a b"}, "score": 1}}, []any{map[string]any{"patterns": []any{"op:read"}, "score": 4294967296}},
	},
	"segment_manager.hnsw_index_pool_cache_config": caches,
}

var (
	origins = []any{
		[]any{"*"}, []any{"https://a.example"}, []any{"*", "https://a.example"}, []any{"null"}, []any{"http://é.example"}, []any{"a"},
		[]any{""}, []any{"https://a.example/"}, []any{"https://a.example:99999"}, []any{"HTTPS://A.EXAMPLE"}, []any{"https://u:p@a.example"},
		[]any{"https://[::1]:80"}, []any{"'"}, []any{"https://a.example", "https://a.example"}, []any{"\t"}, []any{" *"},
		[]any{"https://*.example.com"}, []any{"~"}, []any{}, []any{"* "}, []any{"**"}, []any{"*", "*"},
	}
	files = []any{
		"chroma.sqlite3", "a/b/c.db", "x", "ä.db", "a b", "'", `"`, "?x", "a?mode=memory", "#f", "a#b", "%41", "%", "%zz", ":memory:", "-", "..x",
		"~", "chroma.sqlite3/", "file:x", "file::memory:", ".hidden", "a//b", "./a", "&", "a&b=c", "a;b", "*", "[a]", "\\", "lost+found", "",
	}
	endpoints = []any{
		"http://127.0.0.1:4317", "https://127.0.0.1:4317", "http://otel-collector:4317", "https://otel.example", "http://a:99999", " http://a",
		"http://a b", "grpc://a", "otel:4317", "http://[::1]:4317", "http://[::1", "http://a:b", "http://-", "http://%41", "http://a/path",
		"http://a?x=1", "http://a#x", "http://u:p@a:4317", "HTTP://A", "http://a_b:1", "http://ä", "http://.", "http://a..b", "http://a:",
		"http://:4317", "http://[fe80::1%25eth0]:4317", `http://a\b`, "http://{x}", "http://a<b>", "http://a:0", "http://a:-1", "http://a^b",
		"http://a|b", "http://a`b", "http://a\"b", "http://a/%zz", "http://a/{x}", "http://a/\"", "http://a/<x>", "http://a?{x}", "http://",
		"http://a,b", "http://a;b", "http://a'b", "http://a(b)", "http://a@b@c", "http://@a", "http://a!b", "http://a$b", "http://a~b", "http://[a]",
		"http://[::1]x", "http://1.2.3.4.5", "http://999.1.1.1", "", "http:/a", "http:a", "//a", "/a",
	}
	filters = []any{
		[]any{map[string]any{"crate_name": "chroma_frontend", "filter_level": "info"}}, []any{map[string]any{"crate_name": "a", "filter_level": "TRACE"}},
		[]any{map[string]any{"crate_name": "a-b", "filter_level": "warn"}}, []any{map[string]any{"crate_name": "hyper", "filter_level": "error"}}, []any{},
		[]any{map[string]any{"crate_name": "", "filter_level": "debug"}}, []any{map[string]any{"crate_name": "a"}},
	}
	caches = []any{
		map[string]any{"memory": map[string]any{"capacity": 1}}, map[string]any{"lru": map[string]any{"capacity": 64}},
		map[string]any{"lfu": map[string]any{"capacity": 5}}, map[string]any{"weighted_lru": map[string]any{"capacity": 100}},
		map[string]any{"memory": map[string]any{"capacity": 0}}, map[string]any{"policy": "memory", "capacity": 5}, map[string]any{"nop": map[string]any{}},
		map[string]any{"memory": map[string]any{"capacity": 65536, "shards": 64}}, map[string]any{"memory": map[string]any{"capacity": 5, "shards": 1000}},
		map[string]any{"lru": map[string]any{"capacity": 9223372036854775807}}, map[string]any{"memory": map[string]any{}}, map[string]any{},
		map[string]any{"memory": map[string]any{"capacity": 65536, "shards": 1}}, map[string]any{"unbounded": map[string]any{}},
	}
	labels      = []any{map[string]any{"team": "ml"}, map[string]any{"a.example/b": ""}, map[string]any{"a b": "c"}, map[string]any{}}
	annotations = []any{map[string]any{"a.example/b": "ä\nb"}, map[string]any{}, map[string]any{"a": "$(POD_NAME)"}}
	names       = []any{"chroma", "a", "chroma-1", "Ä", "a.b", "", "kubernetes"}
	sizes       = []any{"1Gi", "64M", "1e8", "0.5Gi", "16Mi", 10, "10", "100Ki", "1M", "0"}
)

// fuzzPools are values of fields that their type does not tell; none where another value would make it another test, or
// one of something that is not the server.
func fuzzPools(t *testing.T) map[string][]any {
	t.Helper()
	pools := map[string][]any{
		// They choose another image, or none.
		"chromadb.apiVersion": nil, "image.digest": nil, "image.registry": nil, "image.repository": nil, "image.tag": nil, "global.imageRegistry": nil,
		"initImage.digest": nil, "initImage.registry": nil, "initImage.repository": nil, "initImage.tag": nil,
		"replicaCount": {1, "1"},
		// The machine of the test has no such module, or the kubelet of the test no such thing.
		"podSpec.securityContext.appArmorProfile": nil, "podSpec.securityContext.seLinuxOptions": nil, "podSpec.securityContext.seLinuxChangePolicy": nil,
		"podSpec.securityContext.procMount": nil,
	}
	for _, more := range []map[string][]any{serverPools(), podPools(), clusterPools()} {
		maps.Copy(pools, more)
	}
	pools["chromadb.extraConfig"] = []any{fuzzExtraConfig(t)}
	return pools
}

// serverPools are values of the database's own settings.
func serverPools() map[string][]any {
	return map[string][]any{
		"chromadb.circuitBreaker.requests": {0, 1, 100, 4294967295, "5", 4294967296},
		"chromadb.corsAllowOrigins":        origins,
		"chromadb.maxPayloadSizeBytes":     {1, 100, 41943040, "1000", int64(9223372036854775807)},
		"chromadb.persistDirectory": {
			"/data", "/data/", "/srv/chroma", "/chroma/chroma", "/chroma", "/var/lib/chroma", "/a b/c", "/ä", "/data//x", "/data/./x", "data", "",
			"/tmp/x", "/usr/x", "/run", "/var", "/root", "/home", "/mnt", "/config.yaml", "/'", `/"q"`, "/#", "/a#b", "/?x", "/a?b", "/%41", "/%", "/~",
			"/etc/chroma", "/proc/x", "/boot", "/opt", "/.", "//", "//data", "/&", "/a\\b", "/*", "/[a]", "/{}", "/:memory:", "/data ", "/ ", "/-", "/...",
		},
		"chromadb.segmentManager.hnswIndexPoolCacheConfig": caches,
		"chromadb.serverHost":                              {"0.0.0.0", "::", "[::]", "::0", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0", "[::ffff:0.0.0.0]", "0000::", "::0.0.0.0", "0", "*", "", " ", "::%lo", "127.0.0.1", "::1"},
		"chromadb.serverHttpPort":                          {1, 80, 443, 1023, 1024, 8000, 65535, "9000", 0, 65536},
		"chromadb.sqliteFilename":                          files,
		"chromadb.telemetry.endpoint":                      endpoints,
		"chromadb.telemetry.filters":                       filters,
		"chromadb.telemetry.serviceName":                   fuzzWords,
	}
}

// podPools are values of the pod.
func podPools() map[string][]any {
	pools := map[string][]any{
		"podSpec.annotations": annotations, "podSpec.podAnnotations": annotations,
		"podSpec.initContainers": {
			[]any{map[string]any{"name": "wait", "image": "busybox:1.37", "command": []any{"true"}}},
			[]any{map[string]any{"name": "look", "image": "busybox:1.37", "command": []any{"sh", "-c", `test "$NAME" = chroma`}, "env": []any{map[string]any{"name": "NAME", "value": "chroma"}},
				"volumeMounts": []any{map[string]any{"name": "data", "mountPath": "/volume", "readOnly": true}}}},
			[]any{map[string]any{"name": "write", "image": "busybox:1.37", "command": []any{"touch", "/inner/file"},
				"volumeMounts": []any{map[string]any{"name": "data", "mountPath": "/inner", "subPath": "inner"}}}},
			[]any{map[string]any{"name": "chromadb", "image": "busybox:1.37"}}, []any{},
		},
		"podSpec.securityContext.capabilities": {
			map[string]any{"drop": []any{"ALL"}}, map[string]any{"drop": []any{"ALL"}, "add": []any{"NET_BIND_SERVICE"}}, map[string]any{"drop": []any{}}, map[string]any{"add": []any{"SYS_ADMIN"}},
		},
		"podSpec.securityContext.fsGroup":            ids,
		"podSpec.securityContext.runAsGroup":         ids,
		"podSpec.securityContext.runAsUser":          ids,
		"podSpec.securityContext.seccompProfile":     {map[string]any{"type": "RuntimeDefault"}, map[string]any{"type": "Unconfined"}, map[string]any{"type": "Localhost"}},
		"podSpec.securityContext.supplementalGroups": {[]any{}, []any{5, 1000}, []any{"5"}, []any{-1}},
		"podSpec.securityContext.sysctls": {
			[]any{map[string]any{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}}, []any{map[string]any{"name": "net.ipv4.ip_unprivileged_port_start", "value": "1024"}},
			[]any{map[string]any{"name": "net.ipv4.ip_local_port_range", "value": "1024 65000"}}, []any{map[string]any{"name": "kernel.shm_rmid_forced", "value": "1"}},
		},
		"podSpec.terminationGracePeriodSeconds": {0, 1, 30, int64(9223372036854775807)},
		"resources": {
			map[string]any{"limits": map[string]any{"memory": "512Mi"}}, map[string]any{"requests": map[string]any{"cpu": "100m"}},
			map[string]any{"limits": map[string]any{"cpu": 2, "memory": "1Gi"}}, map[string]any{"limits": map[string]any{"ephemeral-storage": "1Gi"}}, map[string]any{},
		},
	}
	for _, probe := range []string{"livenessProbe", "readinessProbe", "startupProbe"} {
		// Not so few failures that a busy machine could use them up.
		pools[probe+".failureThreshold"] = []any{100, 2147483647}
		pools[probe+".initialDelaySeconds"] = []any{0, 1, 2147483647}
		pools[probe+".periodSeconds"] = []any{1, 30, 2147483647}
		pools[probe+".timeoutSeconds"] = []any{1, 60, 2147483647}
	}
	return pools
}

// clusterPools are values that do not reach a server of 1.0.0 or newer, but for a mistake of ours.
func clusterPools() map[string][]any {
	pools := map[string][]any{
		"chromadb.apiImpl":                                  fuzzWords,
		"chromadb.auth.basic.password":                      {"", "a"},
		"chromadb.auth.basic.username":                      {"", "a"},
		"chromadb.auth.existingSecret":                      {"", "a"},
		"chromadb.auth.secretName":                          {"", "a"},
		"chromadb.auth.token.value":                         {"", "a"},
		"chromadb.data.accessModes":                         {[]any{"ReadWriteOnce"}, []any{"readwriteoncepod"}, []any{"ReadWriteMany", "ReadWriteOnce"}, []any{}},
		"chromadb.data.storageClass":                        {"", "-", "standard", "a b"},
		"chromadb.data.volumeSize":                          sizes,
		"chromadb.dataVolumeSize":                           sizes,
		"chromadb.dataVolumeStorageClass":                   {"", "-", "standard"},
		"chromadb.logConfigFileLocation":                    {"/a.yaml", "a"},
		"chromadb.logConfigMap":                             {"a", "a b"},
		"chromadb.maintenance.collection_cache_limit_bytes": {1, 1000},
		"affinity": {map[string]any{}, map[string]any{"nodeAffinity": map[string]any{}}}, "commonLabels": labels, "nodeSelector": labels, "podLabels": labels,
		"fullnameOverride": names, "nameOverride": names, "serviceAccount.name": names, "serviceAccount.annotations": annotations,
		"global.imagePullSecrets": {[]any{map[string]any{"name": "a"}}}, "imagePullSecrets": {[]any{map[string]any{"name": "a"}}, []any{}},
		"ingress.annotations": annotations, "ingress.className": {"", "nginx"}, "ingress.tls": {[]any{}, []any{map[string]any{"secretName": "a"}}},
		"ingress.hosts":    {[]any{}, []any{map[string]any{"host": "a.example", "paths": []any{map[string]any{"path": "/", "pathType": "Prefix"}}}}},
		"service.nodePort": {30000, 80}, "tolerations": {[]any{}, []any{map[string]any{"operator": "Exists"}}},
	}
	for _, number := range []string{"maxReplicas", "minReplicas", "targetCPUUtilizationPercentage", "targetMemoryUtilizationPercentage"} {
		pools["autoscaling."+number] = []any{1, 80}
	}
	return pools
}
