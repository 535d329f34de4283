package manifests

import (
	"encoding/json"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// settings configure the Python server by its environment and, where the image's own command ignores the port and
// the host, by a command.
func settings(in Input) part {
	if !in.Caps.ReadsSettingsEnv {
		return part{}
	}
	db := in.Config.Spec.Chromadb
	p := part{env: []corev1.EnvVar{
		// The image exports it anyway; a command of our own needs it.
		{Name: "IS_PERSISTENT", Value: "TRUE"},
		{Name: "PERSIST_DIRECTORY", Value: db.PersistDirectory},
		{Name: "ALLOW_RESET", Value: strconv.FormatBool(db.AllowReset)},
		{Name: "ANONYMIZED_TELEMETRY", Value: strconv.FormatBool(db.AnonymizedTelemetry)},
	}}
	if len(db.CORSAllowOrigins) > 0 {
		p.env = append(p.env, corev1.EnvVar{Name: "CHROMA_SERVER_CORS_ALLOW_ORIGINS", Value: literal(jsonList(db.CORSAllowOrigins))})
	}
	if in.Caps.CachesSegments && db.Maintenance.CollectionCachePolicy != "" {
		p.env = append(p.env,
			corev1.EnvVar{Name: "CHROMA_SEGMENT_CACHE_POLICY", Value: db.Maintenance.CollectionCachePolicy},
			corev1.EnvVar{Name: "CHROMA_MEMORY_LIMIT_BYTES", Value: strconv.FormatInt(db.Maintenance.CollectionCacheLimitBytes, 10)})
	}
	host, port := db.ServerHost, strconv.Itoa(int(db.ServerHTTPPort))
	if in.Caps.ReadsListenEnv {
		p.env = append(p.env,
			corev1.EnvVar{Name: "CHROMA_HOST_ADDR", Value: host},
			corev1.EnvVar{Name: "CHROMA_HOST_PORT", Value: port},
			corev1.EnvVar{Name: "CHROMA_LOG_CONFIG", Value: db.LogConfigFileLocation})
	}
	if in.Caps.NeedsStartCommand {
		p.command = []string{"uvicorn", "chromadb.app:app", "--workers", "1", "--host", host, "--port", port,
			"--proxy-headers", "--timeout-keep-alive", "30", "--log-config", db.LogConfigFileLocation}
	}
	return p
}

// jsonList writes strings as the JSON list that the server's settings take.
func jsonList(values []string) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	// Strings always encode.
	_ = encoder.Encode(values)
	return strings.TrimSpace(text.String())
}

// literal keeps Kubernetes from expanding references to other variables, $(NAME), in a value.
func literal(value string) string {
	return strings.ReplaceAll(value, "$", "$$")
}

// telemetry sends the Python server's traces; the Rust server has it in its configuration file.
func telemetry(in Input) part {
	t := in.Config.Spec.Chromadb.Telemetry
	if !t.Enabled || !in.Caps.ReadsSettingsEnv || !in.Caps.ExportsTraces {
		return part{}
	}
	return part{env: []corev1.EnvVar{
		{Name: "CHROMA_OTEL_COLLECTION_ENDPOINT", Value: literal(t.Endpoint)},
		{Name: "CHROMA_OTEL_SERVICE_NAME", Value: literal(t.ServiceName)},
		// Without a granularity the server sends nothing.
		{Name: "CHROMA_OTEL_GRANULARITY", Value: "all"},
	}}
}
