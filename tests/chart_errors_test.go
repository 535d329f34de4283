package tests_test

import (
	"strings"
	"testing"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The Helm chart (0.2.2) emits, for one Chroma version or another, 37 things that the API server refuses, that keep
// the server from starting, or that lose data or protection. Each has a test here of what we do instead.
func TestChartErrors(t *testing.T) {
	const off = "auth: {enabled: false}"
	const token = "auth: {existingSecret: s}"
	at := func(version, more string) string {
		return "{chromadb: {apiVersion: " + version + ", " + more + "}}"
	}
	startsWith := func(t *testing.T, o objects, flag, value string) {
		t.Helper()
		assert.Contains(t, strings.ReplaceAll(o.container(t, "command"), "\n- ", " "), flag+" "+value)
	}
	for _, c := range []struct {
		name string
		test func(t *testing.T)
	}{
		{"01 env with a value and a valueFrom before 0.4.7", func(t *testing.T) {
			o := manifests(t, "{chromadb: {apiVersion: 0.4.5}}")
			assert.NotContains(t, o.container(t, "env"), "CREDENTIALS")
			requireResult(t, process(t, "{chromadb: {apiVersion: 0.4.5}}"), sdk.Warning, "spec.chromadb.auth", "0.4.5 has no token authentication")
		}},
		{"02 token on 0.4.7, whose module is empty", func(t *testing.T) {
			assert.NotContains(t, manifests(t, "{chromadb: {apiVersion: 0.4.7}}").container(t, "env"), "AUTH")
			requireResult(t, process(t, at("0.4.7", token)), sdk.Error, "spec.chromadb.auth", "0.4.7 has no token authentication")
		}},
		{"03 header of the token ignored by 0.4.8 to 0.4.24", func(t *testing.T) {
			for _, version := range []string{"0.4.8", "0.4.24"} {
				o := manifests(t, at(version, "auth: {existingSecret: s, token: {headerType: X-Chroma-Token}}"))
				assert.Equal(t, "X_CHROMA_TOKEN", o.env(t, "CHROMA_SERVER_AUTH_TOKEN_TRANSPORT_HEADER"))
			}
		}},
		{"04 token with punctuation on 0.4.8", func(t *testing.T) {
			list := process(t, at("0.4.8", "auth: {token: {value: a-b}}"))
			requireResult(t, list, sdk.Error, "spec.chromadb.auth.token.value", "crashes Chroma 0.4.8")
			manifests(t, at("0.4.9", "auth: {token: {value: a-b}}"))
		}},
		{"05 spelling of the header on 0.5.0", func(t *testing.T) {
			assert.Equal(t, "AUTHORIZATION", manifests(t, at("0.5.0", token)).env(t, "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER"))
			assert.Equal(t, "Authorization", manifests(t, at("0.5.1", token)).env(t, "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER"))
		}},
		{"06 logging configuration that is not mounted on 0.5", func(t *testing.T) {
			for _, version := range []string{"0.5.0", "0.5.23", "0.6.0"} {
				o := manifests(t, at(version, off))
				assert.Equal(t, o.env(t, "CHROMA_LOG_CONFIG"), o.container(t, "volumeMounts", "[name=log-config]", "mountPath"))
			}
		}},
		{"07 logging ignored up to 0.4.22", func(t *testing.T) {
			o := manifests(t, at("0.4.22", "logging: {root: ERROR}, "+off))
			startsWith(t, o, "--log-config", "/chroma/log_config.yaml")
			assert.Equal(t, "/chroma/log_config.yaml", o.container(t, "volumeMounts", "[name=log-config]", "mountPath"))
			assert.Contains(t, lookup(t, o.find("ConfigMap", "chroma-chromadb-log-config"), "data", "log_config.yaml"), "level: ERROR")
			own := manifests(t, at("0.4.22", "logConfigMap: mine, "+off))
			assert.Equal(t, "mine", own.statefulSet(t, "spec", "template", "spec", "volumes", "[name=log-config]", "configMap", "name"))
		}},
		{"08 image of 0.4.11 that does not start", func(t *testing.T) {
			assert.Contains(t, manifests(t, at("0.4.11", off)).container(t, "command"), "uvicorn")
		}},
		{"09 port that the server does not read", func(t *testing.T) {
			early := manifests(t, at("0.4.22", "serverHttpPort: 9000, serverHost: '::', "+off))
			startsWith(t, early, "--port", `"9000"`)
			startsWith(t, early, "--host", "'::'")
			late := manifests(t, at("0.6.2", "serverHttpPort: 9000, serverHost: '::', "+off))
			assert.Equal(t, "9000", late.env(t, "CHROMA_HOST_PORT"))
			assert.Equal(t, "::", late.env(t, "CHROMA_HOST_ADDR"))
			for _, o := range []objects{early, late} {
				assert.Empty(t, o.env(t, "CHROMA_SERVER_HTTP_PORT"))
				assert.Equal(t, "9000", o.container(t, "ports", "[name=http]", "containerPort"))
			}
		}},
		{"10 persistence that cannot be turned off", func(t *testing.T) {
			o := manifests(t, at("0.6.2", "isPersistent: false, "+off))
			assert.Equal(t, "TRUE", o.env(t, "IS_PERSISTENT"))
			assert.Equal(t, "{}", o.statefulSet(t, "spec", "template", "spec", "volumes", "[name=data]", "emptyDir"))
			assert.Empty(t, o.statefulSet(t, "spec", "volumeClaimTemplates"))
		}},
		{"11 log levels in variables that nothing reads", func(t *testing.T) {
			o := manifests(t, at("0.6.2", "logging: {root: debug, chromadb: error, uvicorn: warn}, "+off))
			assert.NotContains(t, o.container(t, "env"), "LOG_LEVEL")
			config := lookup(t, o.find("ConfigMap", "chroma-chromadb-log-config"), "data", "log_config.yaml")
			for _, level := range []string{"level: DEBUG", "level: ERROR", "level: WARN"} {
				assert.Contains(t, config, level)
			}
		}},
		{"12 telemetry silently off before 1.0.0", func(t *testing.T) {
			o := manifests(t, at("0.4.15", "telemetry: {enabled: true, endpoint: 'http://otel:4317'}, "+off))
			assert.Equal(t, "http://otel:4317", o.env(t, "CHROMA_OTEL_COLLECTION_ENDPOINT"))
			assert.Equal(t, "all", o.env(t, "CHROMA_OTEL_GRANULARITY"))
		}},
		{"13 cache settings that are unknown before 0.4.23", func(t *testing.T) {
			cache := "maintenance: {collection_cache_policy: LRU}, " + off
			assert.Empty(t, manifests(t, at("0.4.22", cache)).env(t, "CHROMA_SEGMENT_CACHE_POLICY"))
			requireResult(t, process(t, at("0.4.22", cache)), sdk.Warning, "spec.chromadb.maintenance.collection_cache_policy", "needs 0.4.23 to 0.6.3")
			assert.Equal(t, "LRU", manifests(t, at("0.4.23", cache)).env(t, "CHROMA_SEGMENT_CACHE_POLICY"))
		}},
		{"14 wildcard origin that panics", func(t *testing.T) {
			for version, origins := range map[string]string{"1.0.0": "['*']", "1.0.10": "['*']", "1.5.9": "['*', 'https://a.example']"} {
				requireResult(t, process(t, at(version, "corsAllowOrigins: "+origins)), sdk.Error, "spec.chromadb.corsAllowOrigins", "panic")
			}
			manifests(t, at("1.0.11", "corsAllowOrigins: ['*']"))
		}},
		{"15 index cache of the chart's documentation that panics", func(t *testing.T) {
			cache := "segmentManager: {hnswIndexPoolCacheConfig: {policy: memory, capacity: 65536}}"
			requireResult(t, process(t, at("1.5.9", cache)), sdk.Error, "spec.chromadb.segmentManager.hnswIndexPoolCacheConfig", "panic")
		}},
		{"16 validation of an empty database that panics", func(t *testing.T) {
			list := process(t, at("1.5.9", "sqliteDb: {hashType: sha256, migrationMode: validate}"))
			requireResult(t, list, sdk.Warning, "spec.chromadb.sqliteDb.hashType", "panics")
			requireResult(t, list, sdk.Warning, "spec.chromadb.sqliteDb.migrationMode", "panic")
		}},
		{"17 filters without an endpoint that panic", func(t *testing.T) {
			filters := "telemetry: {filters: [{crate_name: chroma_frontend, filter_level: info}]}"
			requireResult(t, process(t, at("1.5.9", filters)), sdk.Error, "spec.chromadb.telemetry.filters", "panic")
		}},
		{"18 circuit breaker that leaks", func(t *testing.T) {
			list := process(t, at("1.5.9", "circuitBreaker: {requests: 500}"))
			requireResult(t, list, sdk.Warning, "spec.chromadb.circuitBreaker.requests", "429")
			assert.Contains(t, serverConfig(t, list.Items), "requests: 500")
		}},
		{"19 key that the server does not have", func(t *testing.T) {
			list := process(t, at("1.5.9", "extraConfig: {compactor: {disabled_collections: []}}"))
			requireResult(t, list, sdk.Warning, "spec.chromadb.extraConfig.compactor", "no key")
		}},
		{"20 authentication that protects nothing from 1.0.0", func(t *testing.T) {
			requireResult(t, process(t, at("1.0.0", "auth: {enabled: true}")), sdk.Warning, "spec.chromadb.auth.enabled", "no authentication")
			requireResult(t, process(t, at("1.0.0", token)), sdk.Error, "spec.chromadb.auth.existingSecret", "would protect nothing")
		}},
		{"21 service links that crash the server", func(t *testing.T) {
			o := manifests(t, "{fullnameOverride: chroma, chromadb: {apiVersion: 1.5.9}}")
			assert.Equal(t, "false", o.statefulSet(t, "spec", "template", "spec", "enableServiceLinks"))
		}},
		{"22 data that silently goes with the pod", func(t *testing.T) {
			requireResult(t, process(t, at("1.5.9", "isPersistent: false")), sdk.Warning, "spec.chromadb.isPersistent", "lost")
		}},
		{"23 tag without an API version", func(t *testing.T) {
			o := manifests(t, "{image: {tag: 0.5.23}, chromadb: {auth: {existingSecret: s}}}")
			assert.Equal(t, "/data", o.env(t, "PERSIST_DIRECTORY"))
			assert.NotEmpty(t, o.container(t, "env", "[name=CHROMA_SERVER_AUTHN_CREDENTIALS]"))
		}},
		{"24 pre-releases and development builds", func(t *testing.T) {
			assert.NotEmpty(t, serverConfig(t, manifests(t, at("1.0.0-rc.1", off))))
			assert.NotEmpty(t, serverConfig(t, manifests(t, at("1.5.10-rc1", off))))
			requireResult(t, process(t, "{image: {tag: latest}}"), sdk.Error, "spec.image.tag", "set spec.chromadb.apiVersion")
			requireResult(t, process(t, at("1.5.10.dev3", off)), sdk.Error, "spec.chromadb.apiVersion", "is not a version")
		}},
		{"25 test Jobs that cannot fail", func(t *testing.T) {
			for _, node := range manifests(t, at("1.5.9", off)) {
				assert.NotEqual(t, "Job", node.GetKind())
			}
		}},
		{"26 probes that only open a connection", func(t *testing.T) {
			for version, paths := range map[string][2]string{
				"0.5.15": {"/api/v1/heartbeat", "/api/v1/heartbeat"},
				"0.5.16": {"/api/v2/heartbeat", "/api/v2/heartbeat"},
				"1.0.0":  {"/api/v2/heartbeat", "/api/v2/healthcheck"},
			} {
				o := manifests(t, at(version, off))
				assert.Equal(t, paths[0], o.container(t, "livenessProbe", "httpGet", "path"))
				assert.Equal(t, paths[1], o.container(t, "readinessProbe", "httpGet", "path"))
				assert.Equal(t, paths[1], o.container(t, "startupProbe", "httpGet", "path"))
			}
		}},
		{"27 version labels in claims that cannot change", func(t *testing.T) {
			claims := func(version, labels string) string {
				o := manifests(t, "{commonLabels: "+labels+", chromadb: {apiVersion: "+version+", "+off+"}}")
				return o.statefulSet(t, "spec", "volumeClaimTemplates")
			}
			assert.Equal(t, claims("1.5.3", "{}"), claims("1.5.9", "{team: ml}"))
		}},
		{"28 data deleted by an uninstall", func(t *testing.T) {
			o := manifests(t, at("1.5.9", off))
			assert.Equal(t, "Retain", o.statefulSet(t, "spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"))
			requireResult(t, process(t, at("1.5.9", "data: {retentionPolicyOnDelete: Delete}")), sdk.Warning, "spec.chromadb.data.retentionPolicyOnDelete", "loses all data")
		}},
		{"29 several databases behind one Service", func(t *testing.T) {
			requireResult(t, process(t, "{replicaCount: 2}"), sdk.Error, "spec.replicaCount", "single writer")
		}},
		{"30 security context at the wrong level", func(t *testing.T) {
			o := manifests(t, "{podSpec: {securityContext: {fsGroup: 5, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}}, chromadb: {apiVersion: 1.5.9}}")
			assert.Equal(t, "5", o.statefulSet(t, "spec", "template", "spec", "securityContext", "fsGroup"))
			assert.Empty(t, o.container(t, "securityContext", "fsGroup"))
			assert.Equal(t, "true", o.container(t, "securityContext", "readOnlyRootFilesystem"))
			assert.Empty(t, o.statefulSet(t, "spec", "template", "spec", "securityContext", "readOnlyRootFilesystem"))
		}},
		{"31 grace period and read-only root", func(t *testing.T) {
			for _, version := range []string{"0.4.3", "0.4.23", "0.6.2", "1.0.0", "1.5.9"} {
				o := manifests(t, at(version, off))
				assert.Equal(t, "30", o.statefulSet(t, "spec", "template", "spec", "terminationGracePeriodSeconds"))
				assert.Equal(t, "true", o.container(t, "securityContext", "readOnlyRootFilesystem"))
				assert.Equal(t, "true", o.statefulSet(t, "spec", "template", "spec", "securityContext", "runAsNonRoot"))
				assert.Equal(t, "/tmp", o.container(t, "volumeMounts", "[name=tmp]", "mountPath"))
			}
		}},
		{"32 names that collide in one namespace", func(t *testing.T) {
			spec := "{chromadb: {apiVersion: 0.6.2, auth: {token: {value: x}, secretName: %}}}"
			names := map[string]bool{}
			for _, release := range []string{"a", "b"} {
				for _, node := range manifests(t, "{fullnameOverride: "+release+", "+strings.ReplaceAll(spec, "%", release)[1:]) {
					key := node.GetKind() + "/" + node.GetName()
					assert.False(t, names[key], key)
					names[key] = true
				}
			}
		}},
		{"33 secrets that change at each render", func(t *testing.T) {
			requireResult(t, process(t, "{chromadb: {apiVersion: 0.6.2}}"), sdk.Error, "spec.chromadb.auth", "no credentials")
			for _, node := range manifests(t, at("0.6.2", "auth: {token: {value: x}}")) {
				for key := range node.GetAnnotations() {
					assert.NotContains(t, key, "hook")
				}
				assert.Empty(t, lookup(t, node, "immutable"))
			}
		}},
		{"34 values that are never rendered", func(t *testing.T) {
			o := manifests(t, "{podSpec: {annotations: {a: b}, initContainers: [{name: x, image: y}]}, chromadb: {apiVersion: 1.5.9}}")
			assert.Equal(t, "b", o.statefulSet(t, "spec", "template", "metadata", "annotations", "a"))
			assert.Equal(t, "y", o.statefulSet(t, "spec", "template", "spec", "initContainers", "[name=x]", "image"))
			requireResult(t, process(t, "{autoscaling: {enabled: true}}"), sdk.Error, "spec.autoscaling.enabled", "single writer")
		}},
		{"35 password that the shell takes apart", func(t *testing.T) {
			o := manifests(t, at("0.6.2", "auth: {type: basic, existingSecret: s}"))
			script := o.statefulSet(t, "spec", "template", "spec", "initContainers", "[name=generate-htpasswd]", "command")
			assert.Contains(t, script, `"$CHROMA_BASIC_PASSWORD" | htpasswd -inB -- "$CHROMA_BASIC_USER"`)
			requireResult(t, process(t, at("0.5.0", "auth: {type: basic, basic: {password: 'a:b'}}")), sdk.Error, "spec.chromadb.auth.basic.password", "colon")
			manifests(t, at("0.5.1", "auth: {type: basic, basic: {password: 'a:b'}}"))
		}},
		{"36 serviceName without a headless Service, and a token nobody needs", func(t *testing.T) {
			o := manifests(t, at("1.5.9", off))
			headless := o.find("Service", o.statefulSet(t, "spec", "serviceName"))
			require.NotNil(t, headless)
			assert.Equal(t, "None", lookup(t, headless, "spec", "clusterIP"))
			assert.Equal(t, "false", o.statefulSet(t, "spec", "template", "spec", "automountServiceAccountToken"))
		}},
		{"37 settings of an image of the chart's own", func(t *testing.T) {
			o := manifests(t, at("0.5.5", off))
			assert.Equal(t, "ghcr.io/chroma-core/chroma:0.5.5", o.container(t, "image"))
			assert.Equal(t, "8000", o.env(t, "CHROMA_HOST_PORT"))
			assert.Empty(t, o.container(t, "command"), "the image's own entry point works")
		}},
	} {
		t.Run(c.name, c.test)
	}
}

// serverConfig is the content of the Rust server's configuration file.
func serverConfig(t *testing.T, o objects) string {
	t.Helper()
	node := o.find("ConfigMap", "chroma-chromadb-config")
	require.NotNil(t, node)
	return lookup(t, node, "data", "config.yaml")
}
