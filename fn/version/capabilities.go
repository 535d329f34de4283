package version

// Capabilities is what one Chroma version can do, each field named after the behaviour. The zero value of a field
// means that the version lacks it.
type Capabilities struct {
	// Version is the version that the capabilities were looked up for, as it was written.
	Version string
	// Standing tells how the version relates to the releases that the table knows.
	Standing Standing

	// HeartbeatPath is the HTTP path that answers 200 without credentials while the server serves requests.
	HeartbeatPath string
	// ReadinessPath is the HTTP path that answers 200 without credentials once the server can take requests.
	ReadinessPath string

	// NeedsStartCommand is set where the image's own command is unusable or ignores every setting of port, host
	// and log configuration, so that the pod must bring a command.
	NeedsStartCommand bool
	// ReadsListenEnv is set where the image takes its address, port and log configuration from the environment
	// variables CHROMA_HOST_ADDR, CHROMA_HOST_PORT and CHROMA_LOG_CONFIG.
	ReadsListenEnv bool
	// ReadsSettingsEnv is set for the Python server, which is configured by environment variables alone.
	ReadsSettingsEnv bool
	// ReadsConfigFile is set for the Rust server, which is configured by ConfigFile.
	ReadsConfigFile bool
	// ConfigFile is the path of the configuration file that the image's own command names.
	ConfigFile string
	// ImageDataDirectory is where the image stores data when nothing is configured.
	ImageDataDirectory string
	// ProgramDirectory is the directory that holds the server's own code, which a volume must not hide.
	ProgramDirectory string

	// RunsAsNonRoot is set where the server starts as any user, given a writable data directory.
	RunsAsNonRoot bool
	// RunsOnReadOnlyRoot is set where the server needs no writable path but its data directory and /tmp.
	RunsOnReadOnlyRoot bool

	// LimitsPayload is set where the size of a request body can be limited.
	LimitsPayload bool
	// AllowsWildcardOrigin is set where "*" works as the only CORS origin.
	AllowsWildcardOrigin bool
	// ExportsTraces is set where the server can send OpenTelemetry traces.
	ExportsTraces bool
	// FiltersTraces is set where traces can be filtered by crate.
	FiltersTraces bool
	// SendsUsageStatistics is set where the server knows PostHog's anonymised usage statistics.
	SendsUsageStatistics bool
	// CachesSegments is set where the cache of loaded segments can be limited.
	CachesSegments bool
	// ReadsLogConfig is set where the server takes a Python logging configuration.
	ReadsLogConfig bool

	// BasicAuth is set where the server checks a user name and a password.
	BasicAuth bool
	// TokenAuth is set where the server checks a static token.
	TokenAuth bool
	// LeaksWithoutCredentials is set where authentication is on and some routes still answer without credentials.
	LeaksWithoutCredentials bool
	// TokenAlphanumericOnly is set where a token with punctuation crashes the server.
	TokenAlphanumericOnly bool
	// PasswordAllowsColon is set where a basic password may contain a colon.
	PasswordAllowsColon bool
	// AuthProviderEnv is the environment variable that names the authentication provider class.
	AuthProviderEnv string
	// AuthCredentialsEnv is the environment variable that carries the credentials.
	AuthCredentialsEnv string
	// AuthCredentialsFileEnv is the environment variable that names the file with the credentials.
	AuthCredentialsFileEnv string
	// AuthCredentialsProviderEnv is the environment variable that names the class that reads the credentials.
	AuthCredentialsProviderEnv string
	// TokenProvider is the provider class of token authentication.
	TokenProvider string
	// TokenCredentialsProvider is the class that reads the token.
	TokenCredentialsProvider string
	// BasicProvider is the provider class of basic authentication.
	BasicProvider string
	// BasicCredentialsProvider is the class that reads the htpasswd file.
	BasicCredentialsProvider string
	// TokenHeaderEnv is the environment variable that chooses the header of the token.
	TokenHeaderEnv string
	// AuthorizationHeader is the value of TokenHeaderEnv that chooses the header Authorization.
	AuthorizationHeader string
	// ChromaTokenHeader is the value of TokenHeaderEnv that chooses the header X-Chroma-Token.
	ChromaTokenHeader string
}
