package chart_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The bases on which the keys are set. Each differs from no values at all only by what makes its version render.
const (
	rust       = "chromadb: {apiVersion: 1.5.3}"
	python     = "chromadb: {apiVersion: 0.6.2, auth: {existingSecret: my-secret}}"
	pythonOpen = "chromadb: {apiVersion: 0.6.2, auth: {enabled: false}}"
	// basic authenticates by name and password, with a Secret of the user's own.
	basic = "chromadb: {apiVersion: 0.6.2, auth: {type: basic, existingSecret: my-secret}}"
	// withIngress has an Ingress with a host of its own.
	withIngress = `
chromadb: {apiVersion: 1.5.3}
ingress: {enabled: true, hosts: [{host: chroma.example.com, paths: [{path: /, pathType: Prefix}]}]}`
)

// rustOnly and pythonOnly are parts of the message that a key has no effect on the other server.
const (
	rustOnly   = "has no effect on Chroma 0.6.2; it needs 1.0.0 and newer"
	pythonOnly = "has no effect on Chroma 1.5.3; it needs"
)

// keyCase sets one key of the chart on a base, and says everything that comes of it: all places at which the objects
// differ from those of the base, and all results that the base does not have.
type keyCase struct {
	key   string
	base  string
	value string
	want  []change
	says  []said
	// hushes are the results of the base that the key does away with.
	hushes []said
}

const image = "ghcr.io/chroma-core/chroma"

// digest is a well-formed digest of nothing.
var digest = "sha256:" + strings.Repeat("ab", 32)

// renamed is what another fullname changes.
func renamed(fullname string) []change {
	var all []change
	for role, name := range map[string]string{
		"ServiceAccount":   fullname,
		"ConfigMap/config": fullname + "-config",
		"Service":          fullname,
		"Service/headless": fullname + "-headless",
		"StatefulSet":      fullname,
	} {
		kind, _, _ := strings.Cut(role, "/")
		all = append(all,
			change{role, at("metadata", "name"), name},
			change{role, at("metadata", "annotations", "chromafn.dev/generated"), kind + "/" + name})
	}
	return append(all,
		set(at("spec", "serviceName"), fullname+"-headless"),
		set(pod("serviceAccountName"), fullname),
		set(pod("volumes", "config", "configMap", "name"), fullname+"-config"))
}

// another is what another Chroma version changes where both have the same capabilities.
func another(version string) []change {
	return []change{
		{everyObject, at("metadata", "labels", "app.kubernetes.io/version"), version},
		set(at("spec", "template", "metadata", "labels", "app.kubernetes.io/version"), version),
		set(server("image"), image+":"+version),
	}
}

// keyCases are in the order of the chart's values file.
var keyCases = slices.Concat(imageKeys, nameKeys, networkKeys, podKeys, probeKeys, serverKeys, dataKeys, configKeys, authKeys)

var imageKeys = []keyCase{
	{key: "global.imageRegistry", base: rust, value: "mirror.example.com", want: []change{
		set(server("image"), "mirror.example.com/"+image+":1.5.3"),
	}},
	{key: "global.imageRegistry", base: basic, value: "mirror.example.com", want: []change{
		set(server("image"), "mirror.example.com/"+image+":0.6.2"),
		set(pod("initContainers", "generate-htpasswd", "image"), "mirror.example.com/docker.io/httpd:2"),
	}},
	{key: "global.imagePullSecrets", base: "imagePullSecrets: [{name: own}]", value: "[{name: shared}, {name: own}]", want: []change{
		set(pod("imagePullSecrets", "0", "name"), "shared"),
		set(pod("imagePullSecrets", "1"), map[string]any{"name": "own"}),
	}},
	{key: "replicaCount", base: rust, value: "0", want: []change{set(at("spec", "replicas"), 0.0)}},
	{key: "replicaCount", base: rust, value: "2", says: []said{refusal("spec.replicaCount", "Chroma is a single writer")}},
	{key: "image.registry", base: "{global: {imageRegistry: mirror.example.com}, chromadb: {apiVersion: 1.5.3}}", value: "registry.example.com", want: []change{
		set(server("image"), "registry.example.com/"+image+":1.5.3"),
	}},
	{key: "image.repository", base: rust, value: "example.com/chroma", want: []change{set(server("image"), "example.com/chroma:1.5.3")}},
	{
		key: "image.tag", base: "{}", value: "1.5.9", want: another("1.5.9"),
		says:   []said{info("spec.chromadb.auth.enabled", "Chroma 1.5.9 has no authentication")},
		hushes: []said{open, info("spec.chromadb.apiVersion", "pin it")},
	},
	{
		key: "image.tag", base: rust, value: "1.5.3-alpine", want: []change{set(server("image"), image+":1.5.3-alpine")},
		says: []said{warning("spec.image.tag", "the pod runs the first with objects made for the second")},
	},
	{key: "image.tag", base: "{}", value: "latest", says: []said{refusal("spec.image.tag", "set spec.chromadb.apiVersion")}},
	{key: "image.digest", base: rust, value: digest, want: []change{set(server("image"), image+"@"+digest)}},
	{
		key: "image.digest", base: "{}", value: digest, want: []change{set(server("image"), image+"@"+digest)},
		says:   []said{warning("spec.image.digest", "does not tell the version")},
		hushes: []said{info("spec.chromadb.apiVersion", "pin it")},
	},
	{key: "image.pullPolicy", base: rust, value: "Always", want: []change{set(server("imagePullPolicy"), "Always")}},
	{key: "initImage.registry", base: basic, value: "registry.example.com", want: []change{
		set(pod("initContainers", "generate-htpasswd", "image"), "registry.example.com/docker.io/httpd:2"),
	}},
	{key: "initImage.repository", base: basic, value: "example.com/httpd", want: []change{
		set(pod("initContainers", "generate-htpasswd", "image"), "example.com/httpd:2"),
	}},
	{key: "initImage.tag", base: basic, value: `"2.4"`, want: []change{
		set(pod("initContainers", "generate-htpasswd", "image"), "docker.io/httpd:2.4"),
	}},
	{key: "initImage.digest", base: basic, value: digest, want: []change{
		set(pod("initContainers", "generate-htpasswd", "image"), "docker.io/httpd@"+digest),
	}},
	{key: "initImage.pullPolicy", base: basic, value: "Never", want: []change{
		set(pod("initContainers", "generate-htpasswd", "imagePullPolicy"), "Never"),
	}},
	{key: "initImage.tag", base: basic, value: "2.4", says: []said{refusal("spec.initImage.tag", `quote it: "2.4"`)}},
	{key: "initImage.tag", base: python, value: `"2.4"`, says: []said{info("spec.initImage", "only basic authentication needs it")}},
	{key: "initImage.tag", base: rust, value: `"2.4"`, says: []said{warning("spec.initImage", pythonOnly)}},
	{key: "imagePullSecrets", base: rust, value: "[{name: regcred}]", want: []change{
		set(pod("imagePullSecrets"), []any{map[string]any{"name": "regcred"}}),
	}},
}

var nameKeys = []keyCase{
	{key: "nameOverride", base: rust, value: "vectors", want: append(renamed("chroma-vectors"),
		change{everyObject, at("metadata", "labels", "app.kubernetes.io/name"), "vectors"},
		change{"Service", at("spec", "selector", "app.kubernetes.io/name"), "vectors"},
		change{"Service/headless", at("spec", "selector", "app.kubernetes.io/name"), "vectors"},
		set(at("spec", "selector", "matchLabels", "app.kubernetes.io/name"), "vectors"),
		set(at("spec", "template", "metadata", "labels", "app.kubernetes.io/name"), "vectors"),
		set(claim("metadata", "labels", "app.kubernetes.io/name"), "vectors"),
	)},
	{key: "fullnameOverride", base: rust, value: "vectors", want: renamed("vectors")},
	{
		key: "commonLabels", base: rust, value: "{team: ml}", want: []change{
			{everyObject, at("metadata", "labels", "team"), "ml"},
			set(at("spec", "template", "metadata", "labels", "team"), "ml"),
		},
		says: []said{warning("spec.commonLabels", "do not reach the claim of the data volume")},
	},
	{key: "podLabels", base: rust, value: "{team: ml}", want: []change{
		set(at("spec", "template", "metadata", "labels", "team"), "ml"),
	}},
	{key: "serviceAccount.create", base: rust, value: "false", want: []change{
		{"ServiceAccount", nil, gone{}},
		set(pod("serviceAccountName"), "default"),
	}},
	{key: "serviceAccount.annotations", base: rust, value: "{example.com/role: reader}", want: []change{
		{"ServiceAccount", at("metadata", "annotations", "example.com/role"), "reader"},
	}},
	{
		key: "serviceAccount.annotations", base: "{chromadb: {apiVersion: 1.5.3}, serviceAccount: {create: false}}", value: "{example.com/role: reader}",
		says: []said{warning("spec.serviceAccount.annotations", "no ServiceAccount is emitted")},
	},
	{key: "serviceAccount.name", base: rust, value: "vectors", want: []change{
		{"ServiceAccount", at("metadata", "name"), "vectors"},
		{"ServiceAccount", at("metadata", "annotations", "chromafn.dev/generated"), "ServiceAccount/vectors"},
		set(pod("serviceAccountName"), "vectors"),
	}},
	{key: "serviceAccount.name", base: "{chromadb: {apiVersion: 1.5.3}, serviceAccount: {create: false}}", value: "vectors", want: []change{
		set(pod("serviceAccountName"), "vectors"),
	}},
	{key: "serviceAccount.automountServiceAccountToken", base: rust, value: "true", want: []change{
		{"ServiceAccount", at("automountServiceAccountToken"), true},
		set(pod("automountServiceAccountToken"), true),
	}},
}

var networkKeys = []keyCase{
	{
		key: "service.type", base: rust, value: "LoadBalancer", want: []change{{"Service", at("spec", "type"), "LoadBalancer"}},
		says: []said{warning("spec.service.type", "makes a database without authentication reachable from outside the cluster")},
	},
	{key: "service.type", base: python, value: "NodePort", want: []change{{"Service", at("spec", "type"), "NodePort"}}},
	{key: "service.nodePort", base: rust, value: "30080", says: []said{refusal("spec.service.nodePort", "needs spec.service.type NodePort or LoadBalancer")}},
	{key: "service.nodePort", base: "{chromadb: {apiVersion: 1.5.3}, service: {type: NodePort}}", value: "30080", want: []change{
		{"Service", at("spec", "ports", "0", "nodePort"), 30080.0},
	}},
	{
		key: "ingress.enabled", base: strings.Replace(withIngress, "enabled: true, ", "", 1), value: "true",
		want: []change{{"Ingress", nil, map[string]any{
			"apiVersion": "networking.k8s.io/v1",
			"kind":       "Ingress",
			"metadata": map[string]any{
				"name":      "chroma-chromadb",
				"namespace": releaseNamespace,
				"labels": map[string]any{
					"app.kubernetes.io/name":       "chromadb",
					"app.kubernetes.io/instance":   releaseName,
					"app.kubernetes.io/version":    "1.5.3",
					"app.kubernetes.io/managed-by": "chroma-fn",
				},
				"annotations": map[string]any{
					"chromafn.dev/owner":     releaseNamespace + "/" + releaseName,
					"chromafn.dev/generated": "Ingress/chroma-chromadb",
				},
			},
			"spec": map[string]any{"rules": []any{map[string]any{
				"host": "chroma.example.com",
				"http": map[string]any{"paths": []any{map[string]any{
					"path":     "/",
					"pathType": "Prefix",
					"backend": map[string]any{"service": map[string]any{
						"name": "chroma-chromadb",
						"port": map[string]any{"number": 8000.0},
					}},
				}}},
			}}},
			"status": map[string]any{"loadBalancer": map[string]any{}},
		}}},
		says:   []said{info("spec.ingress.enabled", "have the ingress controller authenticate its clients")},
		hushes: []said{info("spec.ingress", "spec.ingress.enabled is false")},
	},
	{key: "ingress.enabled", base: rust, value: "true", says: []said{
		refusal("spec.ingress.hosts", "is empty"),
		info("spec.ingress.enabled", "have the ingress controller authenticate its clients"),
	}},
	{key: "ingress.className", base: withIngress, value: "nginx", want: []change{{"Ingress", at("spec", "ingressClassName"), "nginx"}}},
	{key: "ingress.className", base: rust, value: "nginx", says: []said{info("spec.ingress", "spec.ingress.enabled is false")}},
	{key: "ingress.annotations", base: withIngress, value: "{example.com/a: b}", want: []change{
		{"Ingress", at("metadata", "annotations", "example.com/a"), "b"},
	}},
	{key: "ingress.annotations", base: rust, value: "{example.com/a: b}", says: []said{info("spec.ingress", "spec.ingress.enabled is false")}},
	{key: "ingress.hosts", base: withIngress, value: "[{host: other.example.com, paths: [{path: /api}]}]", want: []change{
		{"Ingress", at("spec", "rules", "0", "host"), "other.example.com"},
		{"Ingress", at("spec", "rules", "0", "http", "paths", "0", "path"), "/api"},
		{"Ingress", at("spec", "rules", "0", "http", "paths", "0", "pathType"), "ImplementationSpecific"},
	}},
	{key: "ingress.hosts", base: rust, value: "[{host: other.example.com, paths: [{path: /}]}]", says: []said{info("spec.ingress", "spec.ingress.enabled is false")}},
	{key: "ingress.tls", base: withIngress, value: "[{secretName: chroma-tls, hosts: [chroma.example.com]}]", want: []change{
		{"Ingress", at("spec", "tls"), []any{map[string]any{"secretName": "chroma-tls", "hosts": []any{"chroma.example.com"}}}},
	}},
	{key: "ingress.tls", base: rust, value: "[{secretName: chroma-tls}]", says: []said{info("spec.ingress", "spec.ingress.enabled is false")}},
}

var podKeys = []keyCase{
	{key: "resources", base: rust, value: "{requests: {cpu: 0.5, memory: 2Gi}, limits: {memory: 2Gi}}", want: []change{
		set(server("resources", "requests"), map[string]any{"cpu": "500m", "memory": "2Gi"}),
		set(server("resources", "limits"), map[string]any{"memory": "2Gi"}),
	}},
	{key: "autoscaling.enabled", base: rust, value: "true", says: []said{refusal("spec.autoscaling.enabled", "cannot be scaled out")}},
	{key: "autoscaling.minReplicas", base: rust, value: "2", says: []said{info("spec.autoscaling", "has no effect")}},
	{key: "autoscaling.maxReplicas", base: rust, value: "3", says: []said{info("spec.autoscaling", "has no effect")}},
	{key: "autoscaling.targetCPUUtilizationPercentage", base: rust, value: "50", says: []said{info("spec.autoscaling", "has no effect")}},
	{key: "nodeSelector", base: rust, value: "{kubernetes.io/arch: amd64}", want: []change{
		set(pod("nodeSelector"), map[string]any{"kubernetes.io/arch": "amd64"}),
	}},
	{key: "tolerations", base: rust, value: "[{key: dedicated, operator: Exists, effect: NoSchedule}]", want: []change{
		set(pod("tolerations"), []any{map[string]any{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}}),
	}},
	{
		key: "affinity", base: rust,
		value: "{nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}]}}}",
		want: []change{set(pod("affinity"), map[string]any{"nodeAffinity": map[string]any{
			"requiredDuringSchedulingIgnoredDuringExecution": map[string]any{"nodeSelectorTerms": []any{map[string]any{
				"matchExpressions": []any{map[string]any{"key": "disk", "operator": "In", "values": []any{"ssd"}}},
			}}},
		}})},
	},
	{key: "podSpec.terminationGracePeriodSeconds", base: rust, value: "120", want: []change{set(pod("terminationGracePeriodSeconds"), 120.0)}},
	{
		key: "podSpec.securityContext", base: rust, value: "{runAsUser: 2000, fsGroup: 3000, readOnlyRootFilesystem: false, capabilities: {drop: [ALL], add: [CHOWN]}}",
		want: []change{
			set(pod("securityContext", "runAsUser"), 2000.0),
			set(pod("securityContext", "fsGroup"), 3000.0),
			set(server("securityContext", "readOnlyRootFilesystem"), false),
			set(server("securityContext", "capabilities", "add"), []any{"CHOWN"}),
		},
	},
	{key: "podSpec.podAnnotations", base: rust, value: `{prometheus.io/scrape: "false"}`, want: []change{
		set(at("spec", "template", "metadata", "annotations", "prometheus.io/scrape"), "false"),
	}},
	{key: "podSpec.annotations", base: rust, value: `{prometheus.io/scrape: "false"}`, want: []change{
		set(at("spec", "template", "metadata", "annotations", "prometheus.io/scrape"), "false"),
	}},
	{key: "podSpec.initContainers", base: rust, value: "[{name: wait, image: busybox:1.36, command: [sleep, '1']}]", want: []change{
		set(pod("initContainers"), []any{map[string]any{
			"name": "wait", "image": "busybox:1.36", "command": []any{"sleep", "1"}, "resources": map[string]any{},
			"securityContext": map[string]any{
				"allowPrivilegeEscalation": false,
				"readOnlyRootFilesystem":   true,
				"capabilities":             map[string]any{"drop": []any{"ALL"}},
			},
		}}),
	}},
}

var probeKeys = []keyCase{
	{key: "readinessProbe.failureThreshold", base: rust, value: "3", want: []change{set(server("readinessProbe", "failureThreshold"), 3.0)}},
	{key: "readinessProbe.timeoutSeconds", base: rust, value: "2", want: []change{set(server("readinessProbe", "timeoutSeconds"), 2.0)}},
	{key: "readinessProbe.periodSeconds", base: rust, value: "4", want: []change{set(server("readinessProbe", "periodSeconds"), 4.0)}},
	{key: "livenessProbe.failureThreshold", base: rust, value: "3", want: []change{set(server("livenessProbe", "failureThreshold"), 3.0)}},
	{key: "livenessProbe.timeoutSeconds", base: rust, value: "2", want: []change{set(server("livenessProbe", "timeoutSeconds"), 2.0)}},
	{key: "livenessProbe.periodSeconds", base: rust, value: "4", want: []change{set(server("livenessProbe", "periodSeconds"), 4.0)}},
	{key: "startupProbe.failureThreshold", base: rust, value: "60", want: []change{set(server("startupProbe", "failureThreshold"), 60.0)}},
	{key: "startupProbe.periodSeconds", base: rust, value: "4", want: []change{set(server("startupProbe", "periodSeconds"), 4.0)}},
	{key: "startupProbe.initialDelaySeconds", base: rust, value: "1", want: []change{set(server("startupProbe", "initialDelaySeconds"), 1.0)}},
}

var serverKeys = []keyCase{
	{
		key: "chromadb.apiVersion", base: "{}", value: "1.5.9", want: another("1.5.9"),
		says:   []said{info("spec.chromadb.auth.enabled", "Chroma 1.5.9 has no authentication")},
		hushes: []said{open, info("spec.chromadb.apiVersion", "pin it")},
	},
	{key: "chromadb.apiVersion", base: "{}", value: `"0.4.2"`, says: []said{refusal("spec.chromadb.apiVersion", "the oldest Chroma version served is 0.4.3")}},
	{key: "chromadb.allowReset", base: rust, value: "true", want: []change{configFile(true, "allow_reset")}},
	{key: "chromadb.allowReset", base: python, value: "true", want: []change{set(server("env", "ALLOW_RESET", "value"), "true")}},
	{
		key: "chromadb.isPersistent", base: rust, value: "false",
		want: []change{
			set(at("spec", "volumeClaimTemplates"), gone{}),
			set(at("spec", "persistentVolumeClaimRetentionPolicy"), gone{}),
			set(pod("volumes", "data"), map[string]any{"name": "data", "emptyDir": map[string]any{}}),
		},
		says: []said{warning("spec.chromadb.isPersistent", "is lost whenever it is replaced")},
	},
	{key: "chromadb.persistDirectory", base: rust, value: "/index_data", want: []change{
		configFile("/index_data", "persist_path"),
		set(server("volumeMounts", "/data"), gone{}),
		set(server("volumeMounts", "/index_data"), map[string]any{"name": "data", "mountPath": "/index_data"}),
	}},
	{key: "chromadb.persistDirectory", base: python, value: "/index_data", want: []change{
		set(server("env", "PERSIST_DIRECTORY", "value"), "/index_data"),
		set(server("volumeMounts", "/data"), gone{}),
		set(server("volumeMounts", "/index_data"), map[string]any{"name": "data", "mountPath": "/index_data"}),
	}},
	{key: "chromadb.logConfigFileLocation", base: python, value: "/etc/chroma/log.yaml", want: []change{
		set(server("env", "CHROMA_LOG_CONFIG", "value"), "/etc/chroma/log.yaml"),
		set(server("volumeMounts", "/chroma/log_config.yaml"), gone{}),
		set(server("volumeMounts", "/etc/chroma/log.yaml"), map[string]any{
			"name": "log-config", "mountPath": "/etc/chroma/log.yaml", "subPath": "log_config.yaml", "readOnly": true,
		}),
	}},
	{key: "chromadb.logConfigFileLocation", base: rust, value: "/etc/chroma/log.yaml", says: []said{warning("spec.chromadb.logConfigFileLocation", pythonOnly)}},
	{key: "chromadb.logConfigMap", base: python, value: "my-logging", want: []change{
		{"ConfigMap/log-config", nil, gone{}},
		set(pod("volumes", "log-config", "configMap", "name"), "my-logging"),
	}},
	{key: "chromadb.logConfigMap", base: rust, value: "my-logging", says: []said{warning("spec.chromadb.logConfigMap", pythonOnly)}},
	{key: "chromadb.logging.root", base: python, value: "debug", want: []change{
		{"ConfigMap/log-config", at("data", "log_config.yaml", "root", "level"), "DEBUG"},
	}},
	{key: "chromadb.logging.root", base: rust, value: "debug", says: []said{warning("spec.chromadb.logging.root", pythonOnly)}},
	{key: "chromadb.logging.chromadb", base: python, value: "WARNING", want: []change{
		{"ConfigMap/log-config", at("data", "log_config.yaml", "loggers", "chromadb", "level"), "WARNING"},
	}},
	{key: "chromadb.logging.chromadb", base: rust, value: "WARNING", says: []said{warning("spec.chromadb.logging.chromadb", pythonOnly)}},
	{key: "chromadb.logging.uvicorn", base: python, value: "ERROR", want: []change{
		{"ConfigMap/log-config", at("data", "log_config.yaml", "loggers", "uvicorn", "level"), "ERROR"},
	}},
	{key: "chromadb.logging.uvicorn", base: rust, value: "ERROR", says: []said{warning("spec.chromadb.logging.uvicorn", pythonOnly)}},
	{key: "chromadb.anonymizedTelemetry", base: python, value: "true", want: []change{set(server("env", "ANONYMIZED_TELEMETRY", "value"), "true")}},
	{key: "chromadb.anonymizedTelemetry", base: rust, value: "true", says: []said{warning("spec.chromadb.anonymizedTelemetry", pythonOnly)}},
	{key: "chromadb.corsAllowOrigins", base: rust, value: "[https://a.example]", want: []change{configFile([]any{"https://a.example"}, "cors_allow_origins")}},
	{key: "chromadb.corsAllowOrigins", base: python, value: "[https://a.example, https://b.example]", want: []change{
		env("CHROMA_SERVER_CORS_ALLOW_ORIGINS", `["https://a.example","https://b.example"]`),
	}},
	{key: "chromadb.serverHost", base: rust, value: `"::"`, want: []change{configFile("::", "listen_address")}},
	{key: "chromadb.serverHost", base: python, value: `"::"`, want: []change{set(server("env", "CHROMA_HOST_ADDR", "value"), "::")}},
	{key: "chromadb.serverHttpPort", base: rust, value: "9000", want: append(onPort(9000), configFile(9000.0, "port"))},
	{key: "chromadb.serverHttpPort", base: python, value: "9000", want: append(onPort(9000), set(server("env", "CHROMA_HOST_PORT", "value"), "9000"))},
	{key: "chromadb.maxPayloadSizeBytes", base: rust, value: `"10485760"`, want: []change{configFile(10485760.0, "max_payload_size_bytes")}},
	{key: "chromadb.maxPayloadSizeBytes", base: python, value: "10485760", says: []said{warning("spec.chromadb.maxPayloadSizeBytes", rustOnly)}},
}

// onPort is what another port changes whatever the version.
func onPort(port float64) []change {
	return []change{
		{"Service", at("spec", "ports", "0", "port"), port},
		{"Service", at("spec", "ports", "0", "targetPort"), port},
		{"Service/headless", at("spec", "ports", "0", "port"), port},
		{"Service/headless", at("spec", "ports", "0", "targetPort"), port},
		set(server("ports", "0", "containerPort"), port),
	}
}

var dataKeys = []keyCase{
	{key: "chromadb.data.volumeSize", base: rust, value: "20Gi", want: []change{set(claim("spec", "resources", "requests", "storage"), "20Gi")}},
	{key: "chromadb.data.storageClass", base: rust, value: "fast", want: []change{set(claim("spec", "storageClassName"), "fast")}},
	{key: "chromadb.data.storageClass", base: rust, value: `"-"`, want: []change{set(claim("spec", "storageClassName"), "")}},
	{key: "chromadb.data.storageClass", base: rust, value: `""`, want: []change{set(claim("spec", "storageClassName"), "")}},
	{key: "chromadb.data.accessModes", base: rust, value: "[ReadWriteOncePod]", want: []change{set(claim("spec", "accessModes", "0"), "ReadWriteOncePod")}},
	{
		key: "chromadb.data.retentionPolicyOnDelete", base: rust, value: "Delete",
		want: []change{
			set(at("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"), "Delete"),
		},
		says: []said{warning("spec.chromadb.data.retentionPolicyOnDelete", "Retain keeps it")},
	},
	{
		key: "chromadb.data.volumeSize", base: "chromadb: {apiVersion: 1.5.3, isPersistent: false}", value: "20Gi",
		says: []said{info("spec.chromadb.data", "spec.chromadb.isPersistent is false")},
	},
}

var configKeys = []keyCase{
	{key: "chromadb.telemetry.enabled", base: "chromadb: {apiVersion: 1.5.3, telemetry: {endpoint: 'http://otel:4317'}}", value: "true",
		want:   []change{configFile(map[string]any{"endpoint": "http://otel:4317", "service_name": "chroma"}, "open_telemetry")},
		hushes: []said{warning("spec.chromadb.telemetry.endpoint", "spec.chromadb.telemetry.enabled is false")},
	},
	{key: "chromadb.telemetry.enabled", base: rust, value: "true", says: []said{refusal("spec.chromadb.telemetry.endpoint", "is required")}},
	{
		key: "chromadb.telemetry.enabled", base: "chromadb: {apiVersion: 0.6.2, auth: {enabled: false}, telemetry: {endpoint: 'http://otel:4317'}}", value: "true",
		want: []change{
			env("CHROMA_OTEL_COLLECTION_ENDPOINT", "http://otel:4317"),
			env("CHROMA_OTEL_SERVICE_NAME", "chroma"),
			env("CHROMA_OTEL_GRANULARITY", "all"),
		},
		hushes: []said{warning("spec.chromadb.telemetry.endpoint", "spec.chromadb.telemetry.enabled is false")},
	},
	{key: "chromadb.telemetry.endpoint", base: traced, value: "http://other:4317", want: []change{configFile("http://other:4317", "open_telemetry", "endpoint")}},
	{key: "chromadb.telemetry.endpoint", base: rust, value: "http://otel:4317", says: []said{
		warning("spec.chromadb.telemetry.endpoint", "spec.chromadb.telemetry.enabled is false"),
	}},
	{key: "chromadb.telemetry.serviceName", base: traced, value: "vectors", want: []change{configFile("vectors", "open_telemetry", "service_name")}},
	{key: "chromadb.telemetry.serviceName", base: rust, value: "vectors", says: []said{
		info("spec.chromadb.telemetry.serviceName", "spec.chromadb.telemetry.enabled is false"),
	}},
	{key: "chromadb.telemetry.filters", base: traced, value: "[{crate_name: chroma_frontend, filter_level: info}]", want: []change{
		configFile([]any{map[string]any{"crate_name": "chroma_frontend", "filter_level": "info"}}, "open_telemetry", "filters"),
	}},
	{key: "chromadb.telemetry.filters", base: rust, value: "[{crate_name: chroma_frontend, filter_level: info}]", says: []said{
		refusal("spec.chromadb.telemetry.filters", "filters without an endpoint make the server panic"),
	}},
	{key: "chromadb.sqliteFilename", base: rust, value: "custom.sqlite3", want: []change{configFile("custom.sqlite3", "sqlite_filename")}},
	{key: "chromadb.sqliteFilename", base: pythonOpen, value: "custom.sqlite3", says: []said{warning("spec.chromadb.sqliteFilename", rustOnly)}},
	{key: "chromadb.sqliteDb.hashType", base: rust, value: "MD5", want: []change{configFile(map[string]any{"hash_type": "md5"}, "sqlitedb")}},
	{
		key: "chromadb.sqliteDb.hashType", base: rust, value: "sha256", want: []change{configFile(map[string]any{"hash_type": "sha256"}, "sqlitedb")},
		says: []said{warning("spec.chromadb.sqliteDb.hashType", "sha256 is fixed when the database is created")},
	},
	{key: "chromadb.sqliteDb.migrationMode", base: rust, value: "Apply", want: []change{configFile(map[string]any{"migration_mode": "apply"}, "sqlitedb")}},
	{
		key: "chromadb.sqliteDb.migrationMode", base: rust, value: "validate", want: []change{configFile(map[string]any{"migration_mode": "validate"}, "sqlitedb")},
		says: []said{warning("spec.chromadb.sqliteDb.migrationMode", "panic at its start on an empty volume")},
	},
	{key: "chromadb.circuitBreaker.requests", base: rust, value: "0", want: []change{configFile(map[string]any{"requests": 0.0}, "circuit_breaker")}},
	{
		key: "chromadb.circuitBreaker.requests", base: rust, value: "500", want: []change{configFile(map[string]any{"requests": 500.0}, "circuit_breaker")},
		says: []said{warning("spec.chromadb.circuitBreaker.requests", "every request answers 429")},
	},
	{
		key: "chromadb.segmentManager.hnswIndexPoolCacheConfig", base: rust, value: "{memory: {capacity: 65536}}",
		want: []change{configFile(map[string]any{"hnsw_index_pool_cache_config": map[string]any{"memory": map[string]any{"capacity": 65536.0}}}, "segment_manager")},
		says: []said{warning("spec.chromadb.segmentManager.hnswIndexPoolCacheConfig", "answers 500 until the server restarts")},
	},
	{key: "chromadb.maintenance.collection_cache_policy", base: python, value: "LRU", want: []change{
		env("CHROMA_SEGMENT_CACHE_POLICY", "LRU"),
		env("CHROMA_MEMORY_LIMIT_BYTES", "1000000000"),
	}},
	{key: "chromadb.maintenance.collection_cache_policy", base: rust, value: "LRU", says: []said{
		warning("spec.chromadb.maintenance.collection_cache_policy", pythonOnly),
	}},
	{
		key: "chromadb.maintenance.collection_cache_limit_bytes", base: "chromadb: {apiVersion: 0.6.2, auth: {enabled: false}, maintenance: {collection_cache_policy: LRU}}",
		value: "5000", want: []change{set(server("env", "CHROMA_MEMORY_LIMIT_BYTES", "value"), "5000")},
	},
	{key: "chromadb.maintenance.collection_cache_limit_bytes", base: python, value: "5000", says: []said{
		info("spec.chromadb.maintenance.collection_cache_limit_bytes", "it needs collection_cache_policy LRU"),
	}},
	{key: "chromadb.maintenance.collection_cache_limit_bytes", base: rust, value: "5000", says: []said{
		warning("spec.chromadb.maintenance.collection_cache_limit_bytes", pythonOnly),
	}},
	{key: "chromadb.extraConfig", base: rust, value: "{scorecard_enabled: true}", want: []change{configFile(true, "scorecard_enabled")}},
	{key: "chromadb.extraConfig", base: pythonOpen, value: "{scorecard_enabled: true}", says: []said{warning("spec.chromadb.extraConfig", rustOnly)}},
}

// traced has telemetry switched on.
const traced = "chromadb: {apiVersion: 1.5.3, telemetry: {enabled: true, endpoint: 'http://otel:4317'}}"

var authKeys = []keyCase{
	{key: "chromadb.auth.enabled", base: python, value: "false", want: []change{
		{"ConfigMap/token-auth-config", nil, gone{}},
		set(server("envFrom"), gone{}),
		set(server("env", "CHROMA_SERVER_AUTHN_CREDENTIALS"), gone{}),
		set(server("env", "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER"), gone{}),
	}, says: []said{warning("spec.chromadb.auth.existingSecret", "the database is open")}},
	{key: "chromadb.auth.enabled", base: rust, value: "false", hushes: []said{open}},
	{key: "chromadb.auth.enabled", base: rust, value: "true", says: []said{
		warning("spec.chromadb.auth.enabled", "the database is open to everyone who reaches the Service. Set it to false"),
	}, hushes: []said{open}},
	{key: "chromadb.auth.type", base: python, value: "basic", want: []change{
		{"ConfigMap/token-auth-config", nil, gone{}},
		{"ConfigMap/basic-auth-config", nil, map[string]any{
			"apiVersion": "v1",
			"kind":       "ConfigMap",
			"metadata": map[string]any{
				"name":      "chroma-chromadb-basic-auth-config",
				"namespace": releaseNamespace,
				"labels": map[string]any{
					"app.kubernetes.io/name":       "chromadb",
					"app.kubernetes.io/instance":   releaseName,
					"app.kubernetes.io/version":    "0.6.2",
					"app.kubernetes.io/managed-by": "chroma-fn",
				},
				"annotations": map[string]any{
					"chromafn.dev/owner":     releaseNamespace + "/" + releaseName,
					"chromafn.dev/generated": "ConfigMap/chroma-chromadb-basic-auth-config",
				},
			},
			"data": map[string]any{
				"CHROMA_SERVER_AUTHN_PROVIDER":         "chromadb.auth.basic_authn.BasicAuthenticationServerProvider",
				"CHROMA_SERVER_AUTHN_CREDENTIALS_FILE": "/chroma/auth/server.htpasswd",
			},
		}},
		set(server("envFrom", "0", "configMapRef", "name"), "chroma-chromadb-basic-auth-config"),
		set(server("env", "CHROMA_SERVER_AUTHN_CREDENTIALS"), gone{}),
		set(server("env", "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER"), gone{}),
		set(server("volumeMounts", "/chroma/auth"), map[string]any{"name": "htpasswd", "mountPath": "/chroma/auth", "readOnly": true}),
		set(pod("volumes", "htpasswd"), map[string]any{"name": "htpasswd", "emptyDir": map[string]any{"medium": "Memory", "sizeLimit": "1Mi"}}),
		set(pod("initContainers"), []any{map[string]any{
			"name":            "generate-htpasswd",
			"image":           "docker.io/httpd:2",
			"imagePullPolicy": "IfNotPresent",
			"command":         []any{"sh", "-c", "set -eu\numask 077\nprintf '%s' \"$CHROMA_BASIC_PASSWORD\" | htpasswd -inB -- \"$CHROMA_BASIC_USER\" > /chroma/auth/server.htpasswd\n"},
			"env":             []any{secretEnv("CHROMA_BASIC_USER", "username"), secretEnv("CHROMA_BASIC_PASSWORD", "password")},
			"resources":       map[string]any{},
			"securityContext": map[string]any{
				"allowPrivilegeEscalation": false,
				"readOnlyRootFilesystem":   true,
				"capabilities":             map[string]any{"drop": []any{"ALL"}},
			},
			"volumeMounts": []any{map[string]any{"name": "htpasswd", "mountPath": "/chroma/auth"}},
		}}),
	}},
	{key: "chromadb.auth.type", base: rust, value: "basic", says: []said{warning("spec.chromadb.auth.type", pythonOnly)}},
	{key: "chromadb.auth.existingSecret", base: "chromadb: {apiVersion: 0.6.2}", value: "my-secret", want: []change{
		set(server("env", "CHROMA_SERVER_AUTHN_CREDENTIALS", "valueFrom", "secretKeyRef"), map[string]any{"name": "my-secret", "key": "token"}),
	}},
	{key: "chromadb.auth.existingSecret", base: python, value: "other-secret", want: []change{
		set(server("env", "CHROMA_SERVER_AUTHN_CREDENTIALS", "valueFrom", "secretKeyRef", "name"), "other-secret"),
	}},
	{key: "chromadb.auth.existingSecret", base: rust, value: "my-secret", says: []said{
		refusal("spec.chromadb.auth.existingSecret", "Chroma 1.5.3 has no authentication"),
	}},
	{key: "chromadb.auth.basic.username", base: "chromadb: {apiVersion: 0.6.2, auth: {type: basic, basic: {password: secret}}}", value: "admin", want: []change{
		{"Secret/chromadb-auth", at("data", "username"), "YWRtaW4="},
	}},
	{key: "chromadb.auth.basic.username", base: basic, value: "admin", says: []said{info("spec.chromadb.auth.basic.username", "has no effect")}},
	{key: "chromadb.auth.basic.username", base: python, value: "admin", says: []said{info("spec.chromadb.auth.basic.username", "has no effect")}},
	{key: "chromadb.auth.basic.username", base: rust, value: "admin", says: []said{warning("spec.chromadb.auth.basic.username", pythonOnly)}},
	{
		key: "chromadb.auth.basic.password", base: "chromadb: {apiVersion: 0.6.2, auth: {type: basic}}", value: "secret",
		want: []change{{"Secret/chromadb-auth", at("data"), map[string]any{"username": "Y2hyb21h", "password": "c2VjcmV0"}}},
		says: []said{warning("spec.chromadb.auth.basic.password", "prefer spec.chromadb.auth.existingSecret")},
	},
	{key: "chromadb.auth.basic.password", base: basic, value: "secret", says: []said{warning("spec.chromadb.auth.basic.password", "has no effect")}},
	{key: "chromadb.auth.basic.password", base: python, value: "secret", says: []said{warning("spec.chromadb.auth.basic.password", "has no effect")}},
	{key: "chromadb.auth.basic.password", base: rust, value: "secret", says: []said{
		refusal("spec.chromadb.auth.basic.password", "Chroma 1.5.3 has no authentication"),
	}},
	{key: "chromadb.auth.token.headerType", base: python, value: "x_chroma_token", want: []change{
		{"ConfigMap/token-auth-config", at("data", "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER"), "X-Chroma-Token"},
		set(server("env", "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER", "value"), "X-Chroma-Token"),
	}},
	{key: "chromadb.auth.token.headerType", base: basic, value: "X-Chroma-Token", says: []said{info("spec.chromadb.auth.token.headerType", "has no effect")}},
	{key: "chromadb.auth.token.headerType", base: pythonOpen, value: "X-Chroma-Token", says: []said{info("spec.chromadb.auth.token.headerType", "has no effect")}},
	{key: "chromadb.auth.token.headerType", base: rust, value: "X-Chroma-Token", says: []said{warning("spec.chromadb.auth.token.headerType", pythonOnly)}},
	{
		key: "chromadb.auth.token.value", base: "chromadb: {apiVersion: 0.6.2}", value: "secret",
		want: []change{{"Secret/chromadb-auth", at("data"), map[string]any{"token": "c2VjcmV0", "header": "QXV0aG9yaXphdGlvbg=="}}},
		says: []said{warning("spec.chromadb.auth.token.value", "prefer spec.chromadb.auth.existingSecret")},
	},
	{key: "chromadb.auth.token.value", base: python, value: "secret", says: []said{warning("spec.chromadb.auth.token.value", "has no effect")}},
	{key: "chromadb.auth.token.value", base: rust, value: "secret", says: []said{
		refusal("spec.chromadb.auth.token.value", "Chroma 1.5.3 has no authentication"),
	}},
}

// secretEnv is a variable that comes from the user's Secret.
func secretEnv(name, key string) map[string]any {
	return map[string]any{"name": name, "valueFrom": map[string]any{
		"secretKeyRef": map[string]any{"name": "my-secret", "key": key},
	}}
}

// TestEveryKeyOfTheChart sets each key of the chart's values file alone, and sees it in the objects or in a result.
func TestEveryKeyOfTheChart(t *testing.T) {
	for _, c := range keyCases {
		t.Run(c.key+"="+c.value+" on "+strings.TrimSpace(c.base), func(t *testing.T) {
			require.Positive(t, len(c.want)+len(c.says)+len(c.hushes), "a row must expect something")
			before := render(t, c.base)
			values := parse(t, c.base)
			require.NotEqual(t, parseAny(t, c.value), getValue(values, keyOf(c.key)), "the base has the value already")
			setValue(values, keyOf(c.key), parseAny(t, c.value))
			after := renderValues(t, values)
			requireResults(t, c.says, without(after.results, before.results))
			if hasError(c.says) {
				require.Empty(t, c.want, "a refused key changes nothing")
				return
			}
			after.requireRendered(t)
			if len(before.objects) == 0 {
				// The base cannot do without the key.
				requireValues(t, c.want, after)
				return
			}
			requireResults(t, c.hushes, without(before.results, after.results))
			requireChanges(t, c.want, before, after)
		})
	}
}

// TestNoKeyOfTheChartIsLeftOut holds the table above against the values file.
func TestNoKeyOfTheChartIsLeftOut(t *testing.T) {
	leaves := leavesOf(nil, parse(t, readFile(t, valuesFile)))
	documented := map[string]bool{
		// The chart reads it, and its values file leaves it out.
		"chromadb.apiVersion": true,
	}
	for _, leaf := range leaves {
		documented[strings.Join(leaf, ".")] = true
	}
	require.Greater(t, len(documented), 80)
	tested := map[string]bool{}
	for _, c := range keyCases {
		tested[c.key] = true
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(documented)), slices.Collect(maps.Keys(tested)))
}

// without returns the results that the others do not have.
func without(results, others sdk.Results) sdk.Results {
	return slices.DeleteFunc(slices.Clone(results), func(result *sdk.Result) bool {
		return slices.ContainsFunc(others, func(other *sdk.Result) bool {
			return other.Severity == result.Severity && fieldOf(other) == fieldOf(result) && other.Message == result.Message
		})
	})
}
