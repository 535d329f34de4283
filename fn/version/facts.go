package version

// A fact sets one field of Capabilities for a range of releases.
type fact struct {
	// field is the name of the field of Capabilities.
	field string
	// value is what the field holds within the range.
	value any
	// since is the first release of the range.
	since string
	// before is the first release after the range; empty while the behaviour is still there.
	before string
	// why says in one line what goes wrong without knowing this.
	why string
	// source names the upstream file, at a tag of chroma-core/chroma, or how the behaviour was observed.
	source string
}

// The releases at which the server changed, by what happened.
const (
	oldest         = "0.4.3"  // the oldest release of the chart's range
	basicAdded     = "0.4.7"  // first authentication
	tokenAdded     = "0.4.8"  // first working token authentication
	tokenWidened   = "0.4.9"  // tokens with punctuation
	tracesAdded    = "0.4.15" // first CHROMA_OTEL_* settings
	imageReworked  = "0.4.23" // the image reads CHROMA_HOST_*, uvicorn is PID 1
	authRewritten  = "0.5.0"  // authn replaces auth in every name
	headerRenamed  = "0.5.1"  // header values become HTTP names
	v2Added        = "0.5.16" // first /api/v2
	lastPython     = "0.6.3"  // last release of the Python server
	rustServer     = "1.0.0"  // the Rust server
	wildcardFixed  = "1.0.11" // CORS "*" no longer panics
	filtersAdded   = "1.0.16" // open_telemetry.filters
	newestReviewed = "1.5.9"  // the newest release that the tables were checked against
)

// facts is the whole table, one line a behaviour and range, ordered as the fields of Capabilities.
var facts = []fact{
	{"HeartbeatPath", "/api/v1/heartbeat", oldest, v2Added, "v2 answers 404", "0.4.3:chromadb/server/fastapi/__init__.py"},
	{"HeartbeatPath", "/api/v2/heartbeat", v2Added, "", "v1 answers 410 from 1.0.0", "0.5.16:chromadb/server/fastapi/__init__.py, 1.0.0:rust/frontend/src/server.rs"},
	{"ReadinessPath", "/api/v1/heartbeat", oldest, v2Added, "there is no health check", "0.4.3:chromadb/server/fastapi/__init__.py"},
	{"ReadinessPath", "/api/v2/heartbeat", v2Added, rustServer, "there is no health check", "0.5.16:chromadb/server/fastapi/__init__.py"},
	{"ReadinessPath", "/api/v2/healthcheck", rustServer, "", "answers 503 until the executor is ready", "1.0.0:rust/frontend/src/server.rs"},

	{"NeedsStartCommand", true, oldest, imageReworked, "the image fixes port 8000 and its log file, installs packages at every start, does not forward SIGTERM; 0.4.11 does not start at all", "0.4.22:bin/docker_entrypoint.sh"},
	{"ReadsListenEnv", true, imageReworked, rustServer, "CHROMA_SERVER_HTTP_PORT and CHROMA_SERVER_HOST are settings of the client", "0.4.23:Dockerfile"},
	{"ReadsSettingsEnv", true, oldest, rustServer, "the Python server has no configuration file", "0.4.3:chromadb/config.py"},
	{"ReadsConfigFile", true, rustServer, "", "the names of the Python settings are ignored", "1.0.0:rust/frontend/src/config.rs"},
	{"ConfigFile", "/config.yaml", rustServer, "", "the image's command is: run /config.yaml", "1.0.0:rust/cli/Dockerfile"},
	{"ImageDataDirectory", "/chroma/chroma", oldest, rustServer, "the working directory is /chroma", "0.4.3:Dockerfile"},
	{"ImageDataDirectory", "/data", rustServer, "", "the image's configuration sets persist_path", "1.0.0:rust/frontend/sample_configs/docker_single_node.yaml"},
	{"ProgramDirectory", "/chroma", oldest, rustServer, "the Python package is /chroma/chromadb", "0.4.3:Dockerfile"},

	{"RunsAsNonRoot", true, oldest, "", "needs a log configuration without a file handler before 1.0.0", "chromadb/log_config.yml of every tag; runs of 0.4.24, 0.5.23 and 1.5.9 as uid 1000"},
	{"RunsOnReadOnlyRoot", true, oldest, "", "SQLite needs a writable /tmp", "runs of 1.0.15 and 1.5.9 under strace"},

	{"LimitsPayload", true, rustServer, "", "the Python server has no limit", "1.0.0:rust/frontend/src/config.rs"},
	{"AllowsWildcardOrigin", true, oldest, rustServer, "a JSON list is needed: a bare * crashes", "0.4.15:chromadb/config.py"},
	{"AllowsWildcardOrigin", true, wildcardFixed, "", "1.0.0 to 1.0.10 panic at the start", "1.0.11:rust/frontend/src/server.rs"},
	{"ExportsTraces", true, tracesAdded, "", "earlier servers have no OpenTelemetry", "0.4.15:chromadb/config.py"},
	{"FiltersTraces", true, filtersAdded, "", "ignored by 1.0.0 to 1.0.15", "1.0.16:rust/tracing/src/init_tracer.rs"},
	{"SendsUsageStatistics", true, oldest, rustServer, "the Rust server has no PostHog client", "0.4.3:chromadb/config.py"},
	{"CachesSegments", true, imageReworked, rustServer, "unknown before, ignored by the Rust server", "0.4.23:chromadb/config.py"},
	{"ReadsLogConfig", true, oldest, rustServer, "the default one opens a file in the working directory", "0.4.3:chromadb/log_config.yml"},

	{"BasicAuth", true, basicAdded, rustServer, "removed with the Python server", "0.4.7:chromadb/auth/basic/__init__.py"},
	{"TokenAuth", true, tokenAdded, rustServer, "the module is empty in 0.4.7; removed with the Python server", "0.4.8:chromadb/auth/token/__init__.py"},
	{"LeaksWithoutCredentials", true, lastPython, rustServer, "deleting a database and counting a collection need no credentials", "run of 0.6.3"},
	{"TokenAlphanumericOnly", true, tokenAdded, tokenWidened, "any other character crashes the server", "0.4.8:chromadb/auth/token/__init__.py"},
	{"PasswordAllowsColon", true, headerRenamed, rustServer, "earlier servers split at every colon and refuse the user", "0.5.1:chromadb/auth/basic_authn/__init__.py"},
	{"AuthProviderEnv", "CHROMA_SERVER_AUTH_PROVIDER", basicAdded, authRewritten, "the later name is ignored and leaves the server open", "0.4.7:chromadb/config.py"},
	{"AuthProviderEnv", "CHROMA_SERVER_AUTHN_PROVIDER", authRewritten, rustServer, "the earlier name is ignored and leaves the server open", "0.5.0:chromadb/config.py"},
	{"AuthCredentialsEnv", "CHROMA_SERVER_AUTH_CREDENTIALS", basicAdded, authRewritten, "the later name is ignored and leaves the server open", "0.4.7:chromadb/config.py"},
	{"AuthCredentialsEnv", "CHROMA_SERVER_AUTHN_CREDENTIALS", authRewritten, rustServer, "the earlier name is ignored and leaves the server open", "0.5.0:chromadb/config.py"},
	{"AuthCredentialsFileEnv", "CHROMA_SERVER_AUTH_CREDENTIALS_FILE", basicAdded, authRewritten, "the later name is ignored and leaves the server open", "0.4.7:chromadb/config.py"},
	{"AuthCredentialsFileEnv", "CHROMA_SERVER_AUTHN_CREDENTIALS_FILE", authRewritten, rustServer, "the earlier name is ignored and leaves the server open", "0.5.0:chromadb/config.py"},
	{"AuthCredentialsProviderEnv", "CHROMA_SERVER_AUTH_CREDENTIALS_PROVIDER", basicAdded, authRewritten, "without it the server crashes", "0.4.7:chromadb/config.py"},
	{"TokenProvider", "chromadb.auth.token.TokenAuthServerProvider", tokenAdded, authRewritten, "the class moved", "0.4.8:chromadb/auth/token/__init__.py"},
	{"TokenProvider", "chromadb.auth.token_authn.TokenAuthenticationServerProvider", authRewritten, rustServer, "the class moved", "0.5.0:chromadb/auth/token_authn/__init__.py"},
	{"TokenCredentialsProvider", "chromadb.auth.token.TokenConfigServerAuthCredentialsProvider", tokenAdded, authRewritten, "gone with the rewrite", "0.4.8:chromadb/auth/token/__init__.py"},
	{"BasicProvider", "chromadb.auth.basic.BasicAuthServerProvider", basicAdded, authRewritten, "the class moved", "0.4.7:chromadb/auth/basic/__init__.py"},
	{"BasicProvider", "chromadb.auth.basic_authn.BasicAuthenticationServerProvider", authRewritten, rustServer, "the class moved", "0.5.0:chromadb/auth/basic_authn/__init__.py"},
	{"BasicCredentialsProvider", "chromadb.auth.providers.HtpasswdFileServerAuthCredentialsProvider", basicAdded, authRewritten, "gone with the rewrite", "0.4.7:chromadb/auth/providers.py"},
	{"TokenHeaderEnv", "CHROMA_SERVER_AUTH_TOKEN_TRANSPORT_HEADER", tokenAdded, authRewritten, "the later name is ignored", "0.4.8:chromadb/config.py"},
	{"TokenHeaderEnv", "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER", authRewritten, rustServer, "the earlier name is ignored", "0.5.0:chromadb/config.py"},
	{"AuthorizationHeader", "AUTHORIZATION", tokenAdded, headerRenamed, "any other spelling crashes the server", "0.4.8 and 0.5.0:chromadb/auth/token*/__init__.py"},
	{"AuthorizationHeader", "Authorization", headerRenamed, rustServer, "any other spelling crashes the server", "0.5.1:chromadb/auth/token_authn/__init__.py"},
	{"ChromaTokenHeader", "X_CHROMA_TOKEN", tokenAdded, headerRenamed, "any other spelling crashes the server", "0.4.8 and 0.5.0:chromadb/auth/token*/__init__.py"},
	{"ChromaTokenHeader", "X-Chroma-Token", headerRenamed, rustServer, "any other spelling crashes the server", "0.5.1:chromadb/auth/token_authn/__init__.py"},
}

// neverReleased are versions within the range that have no tag upstream, so that their image may not exist.
var neverReleased = []string{"0.5.8", "0.5.22", "1.0.1", "1.0.14", "1.3.4"}

// lastReleases are the last release of each minor version. A version in between, such as 0.7.0, was never released.
var lastReleases = []string{"0.4.24", "0.5.23", lastPython, "1.0.21", "1.1.1", "1.2.2", "1.3.7", "1.4.1", newestReviewed}
