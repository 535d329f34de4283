package config

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// ChromaConfig describes one Chroma database. Its name plays the part of the Helm release's name.
type ChromaConfig struct {
	// APIVersion is chromafn.dev/v1alpha1.
	APIVersion string `json:"apiVersion"`
	// Kind is ChromaConfig.
	Kind string `json:"kind"`
	// Metadata names the database and, optionally, its namespace.
	Metadata Metadata `json:"metadata"`
	// Spec takes the values of the Helm chart, key for key.
	Spec Spec `json:"spec"`

	// set holds the paths of all fields that the user wrote, relative to the resource, and nulls those that hold null.
	set, nulls map[string]bool
}

// Metadata is the part of the object metadata that matters here.
type Metadata struct {
	// Name is the release name, which is required: the objects are named `<name>-chromadb`, or `<name>` where it contains "chromadb".
	Name string `json:"name" example:"chroma"`
	// Namespace is the namespace of all objects. Left out, they carry none, and kustomize, kpt or Argo CD
	// decides.
	Namespace string `json:"namespace" example:"vector-db"`
	// Labels are labels of the resource itself; they do not reach the objects.
	Labels map[string]string `json:"labels"`
	// Annotations are annotations of the resource itself; they do not reach the objects.
	Annotations map[string]string `json:"annotations"`
}

// Spec is the chart's values file.
type Spec struct {
	// Global holds settings shared by all images and pods.
	Global Global `json:"global"`
	// ReplicaCount is the number of pods: 1, or 0 to stop the database. Chroma is a single writer: a second pod
	// would have a database of its own behind the same Service.
	ReplicaCount int32 `json:"replicaCount" min:"0"`
	// Image is the image of the Chroma server.
	Image Image `json:"image"`
	// InitImage is the image of the init container that prepares the password file of basic authentication.
	InitImage Image `json:"initImage" chroma:"BasicAuth"`
	// ImagePullSecrets are the pod's pull secrets, after those of global.imagePullSecrets each once.
	ImagePullSecrets []LocalReference `json:"imagePullSecrets" example:"[{name: regcred}]"`
	// NameOverride replaces "chromadb" in the names and in the label app.kubernetes.io/name.
	NameOverride string `json:"nameOverride"`
	// FullnameOverride is the name of the StatefulSet and the Service, and the start of all other names.
	FullnameOverride string `json:"fullnameOverride"`
	// CommonLabels are added to all objects and pods, but not to the claims of the StatefulSet, which cannot change.
	CommonLabels map[string]string `json:"commonLabels" example:"{team: ml}"`
	// PodLabels are labels of the pods only.
	PodLabels map[string]string `json:"podLabels"`
	// ServiceAccount is the identity of the pod.
	ServiceAccount ServiceAccount `json:"serviceAccount"`
	// Service is the address of the database inside the cluster.
	Service Service `json:"service"`
	// Ingress is the address of the database outside the cluster.
	Ingress Ingress `json:"ingress"`
	// Resources are the requests and limits of the server's container.
	Resources corev1.ResourceRequirements `json:"resources" example:"{requests: {cpu: 500m, memory: 2Gi}, limits: {memory: 2Gi}}"`
	// Autoscaling is refused when enabled: a single writer cannot be scaled out.
	Autoscaling Autoscaling `json:"autoscaling"`
	// NodeSelector chooses nodes by label.
	NodeSelector map[string]string `json:"nodeSelector" example:"{kubernetes.io/arch: amd64}"`
	// Tolerations are the taints that the pod tolerates.
	Tolerations []corev1.Toleration `json:"tolerations"`
	// Affinity chooses nodes by rules.
	Affinity corev1.Affinity `json:"affinity"`
	// PodSpec holds further settings of the pod.
	PodSpec PodSpec `json:"podSpec"`
	// ReadinessProbe decides when the pod receives requests; it asks the health check of the Chroma version.
	ReadinessProbe Probe `json:"readinessProbe"`
	// LivenessProbe decides when the container is restarted; it asks the heartbeat of the Chroma version.
	LivenessProbe Probe `json:"livenessProbe"`
	// StartupProbe holds the other two back until the server has started, which includes migrating its database.
	StartupProbe Probe `json:"startupProbe"`
	// Chromadb configures the database itself.
	Chromadb Chromadb `json:"chromadb"`
}

// Global holds settings shared by all images and pods.
type Global struct {
	// ImageRegistry is put before the repository of every image whose own `registry` is empty, also where the
	// repository names a registry: ghcr.io/chroma-core/chroma becomes
	// mirror.example.com:5000/ghcr.io/chroma-core/chroma.
	ImageRegistry string `json:"imageRegistry" example:"mirror.example.com:5000"`
	// ImagePullSecrets are pull secrets of the pod, before those of imagePullSecrets.
	ImagePullSecrets []LocalReference `json:"imagePullSecrets"`
}

// LocalReference names an object in the same namespace.
type LocalReference struct {
	// Name is the name of a pull Secret in the same namespace.
	Name string `json:"name"`
}

// Image is a container image.
type Image struct {
	// Registry is put before the repository, in place of global.imageRegistry.
	Registry string `json:"registry" example:"registry.example.com"`
	// Repository is the image's name without tag; a registry may be part of it.
	Repository string `json:"repository"`
	// Tag is the image's tag. The server's image takes chromadb.apiVersion where it is empty.
	Tag string `json:"tag"`
	// Digest is `sha256:` and 64 hexadecimal digits; it takes the place of the tag.
	Digest string `json:"digest"`
	// PullPolicy is when the node pulls the image.
	PullPolicy string `json:"pullPolicy" enum:"IfNotPresent,Always,Never"`
}

// ServiceAccount is the identity of the pod.
type ServiceAccount struct {
	// Create decides whether a ServiceAccount is emitted.
	Create bool `json:"create"`
	// Annotations are put on the ServiceAccount that is emitted.
	Annotations map[string]string `json:"annotations"`
	// Name is the name of the ServiceAccount. Where it is empty, it is the name of the StatefulSet if create is true
	// and `default` if it is not.
	Name string `json:"name"`
	// AutomountServiceAccountToken mounts the API token into the pod. The chart does so by default; Chroma never
	// calls the API, so the default here is false.
	AutomountServiceAccountToken bool `json:"automountServiceAccountToken"`
}

// Service is the address of the database inside the cluster.
type Service struct {
	// Type is the type of the Service.
	Type string `json:"type" enum:"ClusterIP,NodePort,LoadBalancer"`
	// NodePort fixes the port on the nodes, for the types NodePort and LoadBalancer.
	NodePort *int32 `json:"nodePort" min:"1" max:"65535"`
}

// Ingress is the address of the database outside the cluster.
type Ingress struct {
	// Enabled decides whether an Ingress is emitted.
	Enabled bool `json:"enabled"`
	// ClassName is the IngressClass; empty takes the cluster's default.
	ClassName string `json:"className" example:"nginx"`
	// Annotations are put on the Ingress.
	Annotations map[string]string `json:"annotations"`
	// Hosts are the hosts and paths that lead to the database. The chart has chart-example.local as default; here
	// an enabled Ingress needs hosts of its own.
	Hosts []IngressHost `json:"hosts" example:"[{host: chroma.example.com, paths: [{path: /, pathType: Prefix}]}]"`
	// TLS are the certificates.
	TLS []IngressTLS `json:"tls" example:"[{secretName: chroma-tls, hosts: [chroma.example.com]}]"`
}

// IngressHost is one host of the Ingress.
type IngressHost struct {
	// Host is a DNS name, which may start with `*.`; empty stands for all hosts.
	Host string `json:"host"`
	// Paths are the paths of the host that lead to the database.
	Paths []IngressPath `json:"paths"`
}

// IngressPath is one path of a host.
type IngressPath struct {
	// Path is the path that leads to the database; it starts with a slash.
	Path string `json:"path"`
	// PathType is how the path is matched; ImplementationSpecific where it is empty.
	PathType string `json:"pathType" enum:"Prefix,Exact,ImplementationSpecific"`
}

// IngressTLS is one certificate of the Ingress.
type IngressTLS struct {
	// SecretName is the Secret that holds the certificate.
	SecretName string `json:"secretName"`
	// Hosts are the hosts that the certificate covers.
	Hosts []string `json:"hosts"`
}

// Autoscaling is the chart's section for a HorizontalPodAutoscaler that the chart never emits.
type Autoscaling struct {
	// Enabled is refused when true.
	Enabled bool `json:"enabled"`
	// MinReplicas has no effect.
	MinReplicas int32 `json:"minReplicas" min:"0"`
	// MaxReplicas has no effect.
	MaxReplicas int32 `json:"maxReplicas" min:"0"`
	// TargetCPUUtilizationPercentage has no effect.
	TargetCPUUtilizationPercentage int32 `json:"targetCPUUtilizationPercentage" min:"0"`
	// TargetMemoryUtilizationPercentage has no effect.
	TargetMemoryUtilizationPercentage int32 `json:"targetMemoryUtilizationPercentage" min:"0"`
}

// Probe holds the thresholds of a probe. What the probe asks follows from the Chroma version.
type Probe struct {
	// FailureThreshold is the number of failures in a row that count.
	FailureThreshold int32 `json:"failureThreshold" min:"1"`
	// TimeoutSeconds is how long in seconds an answer may take.
	TimeoutSeconds int32 `json:"timeoutSeconds" min:"1"`
	// PeriodSeconds is the time in seconds between two probes.
	PeriodSeconds int32 `json:"periodSeconds" min:"1"`
	// InitialDelaySeconds is the time in seconds before the first probe.
	InitialDelaySeconds int32 `json:"initialDelaySeconds" min:"0"`
}

// Chromadb configures the database itself.
type Chromadb struct {
	// APIVersion is the Chroma version that the objects are made for, and the image's tag where image.tag is empty.
	// Without it the version in image.tag counts, and without that 1.5.3; pin one.
	APIVersion string `json:"apiVersion" example:"1.5.9"`
	// AllowReset lets any client delete all data with one request.
	AllowReset bool `json:"allowReset"`
	// IsPersistent keeps the data on a volume. When false it lives in the pod and goes with it; the image writes to
	// disk in either case.
	IsPersistent bool `json:"isPersistent"`
	// PersistDirectory is the absolute path of the data, for the server and the volume.
	PersistDirectory string `json:"persistDirectory"`
	// LogConfigFileLocation is the absolute path at which the Python logging configuration is mounted.
	LogConfigFileLocation string `json:"logConfigFileLocation" chroma:"ReadsLogConfig"`
	// LogConfigMap is a ConfigMap with a Python logging configuration under the key log_config.yaml, in place of the
	// one that is emitted. It must not open files: the root file system is read-only.
	LogConfigMap string `json:"logConfigMap" chroma:"ReadsLogConfig"`
	// Logging holds the log levels.
	Logging Logging `json:"logging"`
	// AnonymizedTelemetry sends usage statistics to PostHog.
	AnonymizedTelemetry bool `json:"anonymizedTelemetry" chroma:"SendsUsageStatistics"`
	// CORSAllowOrigins are the origins of the web pages that may call the database; `"*"` alone stands for all, and
	// is refused on 1.0.0 to 1.0.10, which panic.
	CORSAllowOrigins []string `json:"corsAllowOrigins" example:"[https://app.example.com]"`
	// ServerHost is the IP address that the server listens on: `0.0.0.0`, or `"::"` for dual-stack. Any other address
	// but a loopback is refused.
	ServerHost string `json:"serverHost"`
	// ServerHTTPPort is the port of the server and of the Service.
	ServerHTTPPort int32 `json:"serverHttpPort" min:"1" max:"65535"`
	// MaxPayloadSizeBytes is the largest request body in bytes; the server answers 413 above it.
	MaxPayloadSizeBytes int64 `json:"maxPayloadSizeBytes" min:"1" chroma:"LimitsPayload"`
	// Data is the volume.
	Data Data `json:"data"`
	// Telemetry sends OpenTelemetry traces to a collector, over OTLP with gRPC.
	Telemetry Telemetry `json:"telemetry"`
	// SqliteFilename is the name of the database file below persistDirectory; chroma.sqlite3 where it is empty.
	SqliteFilename string `json:"sqliteFilename" chroma:"ReadsConfigFile"`
	// SqliteDB holds settings of the database file.
	SqliteDB SqliteDB `json:"sqliteDb"`
	// CircuitBreaker limits concurrent requests.
	CircuitBreaker CircuitBreaker `json:"circuitBreaker"`
	// SegmentManager holds settings of the vector indexes.
	SegmentManager SegmentManager `json:"segmentManager"`
	// Maintenance limits the memory of loaded collections.
	Maintenance Maintenance `json:"maintenance"`
	// Auth protects the database of the Python server. The Rust server (1.0.0 and newer) has no authentication.
	Auth Auth `json:"auth" chroma:"BasicAuth,checked"`
	// ExtraConfig holds further keys of the server's configuration file; they are merged over all others. `port`,
	// `listen_address` and `persist_path` cannot be changed here, and keys that would hide the data are refused.
	ExtraConfig map[string]any `json:"extraConfig" chroma:"ReadsConfigFile" example:"{stdout_tracing: true}"`

	// DataVolumeSize is the first chart's name of chromadb.data.volumeSize.
	//
	// Deprecated: use chromadb.data.volumeSize.
	DataVolumeSize *resource.Quantity `json:"dataVolumeSize"`
	// DataVolumeStorageClass is the first chart's name of chromadb.data.storageClass.
	//
	// Deprecated: use chromadb.data.storageClass.
	DataVolumeStorageClass *string `json:"dataVolumeStorageClass"`
	// APIImpl chose the implementation of the API in the first chart.
	//
	// Deprecated: it has no effect; remove it.
	APIImpl any `json:"apiImpl"`
}

// Logging holds the log levels of the Python server: CRITICAL, ERROR, WARNING, INFO, DEBUG or NOTSET, in any case.
type Logging struct {
	// Root is the level of all loggers but the two below.
	Root string `json:"root" chroma:"ReadsLogConfig" enum:"CRITICAL,FATAL,ERROR,WARNING,WARN,INFO,DEBUG,NOTSET"`
	// Chromadb is the level of the server's own logger.
	Chromadb string `json:"chromadb" chroma:"ReadsLogConfig" enum:"CRITICAL,FATAL,ERROR,WARNING,WARN,INFO,DEBUG,NOTSET"`
	// Uvicorn is the level of the HTTP server's logger.
	Uvicorn string `json:"uvicorn" chroma:"ReadsLogConfig" enum:"CRITICAL,FATAL,ERROR,WARNING,WARN,INFO,DEBUG,NOTSET"`
}

// Data is the volume that holds the database.
type Data struct {
	// VolumeSize is the size of the volume.
	VolumeSize resource.Quantity `json:"volumeSize"`
	// StorageClass is the class of the volume: absent or null takes the cluster's default class, `"-"` or `""` turns
	// dynamic provisioning off.
	StorageClass *string `json:"storageClass" example:"standard"`
	// AccessModes are the modes of the volume. One writer suffices.
	AccessModes []string `json:"accessModes" enum:"ReadWriteOnce,ReadWriteOncePod,ReadWriteMany"`
	// RetentionPolicyOnDelete is what happens to the volume when the StatefulSet is deleted. The chart's default is
	// Delete; here it is Retain.
	RetentionPolicyOnDelete string `json:"retentionPolicyOnDelete" enum:"Retain,Delete"`
}

// Telemetry sends OpenTelemetry traces to a collector.
type Telemetry struct {
	// Enabled turns the traces on.
	Enabled bool `json:"enabled" chroma:"ExportsTraces"`
	// Endpoint is the URL of the collector's OTLP/gRPC port.
	Endpoint string `json:"endpoint" chroma:"ExportsTraces" example:"http://otel-collector:4317"`
	// ServiceName names the database in the traces.
	ServiceName string `json:"serviceName" chroma:"ExportsTraces"`
	// Filters are the levels of detail by crate.
	Filters []TelemetryFilter `json:"filters" chroma:"FiltersTraces" example:"[{crate_name: chroma_frontend, filter_level: info}]"`
}

// TelemetryFilter chooses the level of detail of one crate of the Rust server.
type TelemetryFilter struct {
	// CrateName is the crate, with underscores.
	CrateName string `json:"crate_name"`
	// FilterLevel is the least severe level that is sent.
	FilterLevel string `json:"filter_level" enum:"trace,debug,info,warn,error"`
}

// SqliteDB holds settings of the database file.
type SqliteDB struct {
	// HashType is how the server hashes its migrations, fixed when the database is created; md5 where it is empty.
	HashType string `json:"hashType" chroma:"ReadsConfigFile" enum:"md5,sha256"`
	// MigrationMode is what the server does with missing migrations: apply them, or validate and refuse to start;
	// apply where it is empty.
	MigrationMode string `json:"migrationMode" chroma:"ReadsConfigFile" enum:"apply,validate"`
}

// CircuitBreaker limits concurrent requests.
type CircuitBreaker struct {
	// Requests is the number of requests at once; 0 means no limit. Each client that hangs up early takes a place
	// forever, and a full server answers 429 to its probes too.
	Requests *int64 `json:"requests" min:"0" max:"4294967295" chroma:"ReadsConfigFile"`
}

// SegmentManager holds settings of the vector indexes.
type SegmentManager struct {
	// HNSWIndexPoolCacheConfig limits the open indexes. It is harmful: a small collection whose index is closed answers 500
	// until a restart; leave it out.
	HNSWIndexPoolCacheConfig map[string]any `json:"hnswIndexPoolCacheConfig" chroma:"ReadsConfigFile" example:"{memory: {capacity: 65536}}"`
}

// Maintenance limits the memory of loaded collections in the Python server.
type Maintenance struct {
	// CollectionCachePolicy turns the limit on: LRU unloads the collection that was used least recently.
	CollectionCachePolicy string `json:"collection_cache_policy" chroma:"CachesSegments" enum:"LRU"`
	// CollectionCacheLimitBytes is the limit in bytes of loaded collections, as their files measure.
	CollectionCacheLimitBytes int64 `json:"collection_cache_limit_bytes" min:"1" chroma:"CachesSegments"`
}

// Auth protects the database of the Python server.
type Auth struct {
	// Enabled turns authentication on, where the version has it. It needs credentials: existingSecret, or a value below.
	Enabled bool `json:"enabled" chroma:"BasicAuth,checked"`
	// Type is how clients prove who they are.
	Type string `json:"type" enum:"token,basic" chroma:"BasicAuth,checked"`
	// ExistingSecret is a Secret with the key `token`, or the keys `username` and `password`.
	ExistingSecret string `json:"existingSecret" chroma:"BasicAuth,checked"`
	// SecretName is the name of the Secret that is emitted for credentials written in the resource; chromadb-auth
	// where it is empty.
	SecretName string `json:"secretName" chroma:"BasicAuth,checked"`
	// Basic holds the credentials of type basic.
	Basic BasicAuth `json:"basic"`
	// Token holds the credentials of type token.
	Token TokenAuth `json:"token"`
}

// BasicAuth holds the credentials of basic authentication.
type BasicAuth struct {
	// Username is the only user.
	Username string `json:"username" chroma:"BasicAuth,checked"`
	// Password is the password of that user. Everyone who reads the resource can read it: prefer existingSecret.
	Password string `json:"password" chroma:"BasicAuth,checked" secret:"true"`
}

// TokenAuth holds the credentials of token authentication.
type TokenAuth struct {
	// HeaderType is the HTTP header that carries the token.
	HeaderType string `json:"headerType" chroma:"TokenAuth,checked" enum:"Authorization,X-Chroma-Token,X_CHROMA_TOKEN"`
	// Value is the token. Everyone who reads the resource can read it: prefer existingSecret.
	Value string `json:"value" chroma:"TokenAuth,checked" secret:"true"`

	// TokenHeader is the first chart's name of chromadb.auth.token.headerType.
	//
	// Deprecated: use chromadb.auth.token.headerType.
	TokenHeader *string `json:"tokenHeader"`
}
