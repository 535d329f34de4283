package config

import "k8s.io/apimachinery/pkg/api/resource"

// DefaultChromaVersion is the Chroma version when neither chromadb.apiVersion nor image.tag names one. It is the
// chart's and never changes with a release of ours: that would upgrade somebody's database.
const DefaultChromaVersion = "1.5.3"

// DefaultSpec returns the value of every key that the user leaves out: the chart's own, but for those whose comment
// says why not.
func DefaultSpec() Spec {
	return Spec{
		ReplicaCount: 1,
		Image: Image{
			Repository: "ghcr.io/chroma-core/chroma",
			PullPolicy: "IfNotPresent",
		},
		InitImage: Image{
			Repository: "docker.io/httpd",
			Tag:        "2",
			PullPolicy: "IfNotPresent",
		},
		ServiceAccount: ServiceAccount{
			Create: true,
			// Chroma never calls the Kubernetes API (the chart: true).
			AutomountServiceAccountToken: false,
		},
		Service: Service{Type: "ClusterIP"},
		// An example host helps nobody (the chart: chart-example.local).
		Ingress: Ingress{Hosts: nil},
		Autoscaling: Autoscaling{
			MinReplicas:                    1,
			MaxReplicas:                    100,
			TargetCPUUtilizationPercentage: 80,
		},
		PodSpec: PodSpec{
			// The server finishes its requests and closes SQLite before it is killed (the chart: 5).
			TerminationGracePeriodSeconds: 30,
		},
		ReadinessProbe: Probe{FailureThreshold: 20, TimeoutSeconds: 10, PeriodSeconds: 5},
		LivenessProbe:  Probe{FailureThreshold: 40, TimeoutSeconds: 10, PeriodSeconds: 5},
		// The chart leaves timeoutSeconds to Kubernetes, whose default is 1.
		StartupProbe: Probe{FailureThreshold: 1000, TimeoutSeconds: 1, PeriodSeconds: 5, InitialDelaySeconds: 10},
		Chromadb: Chromadb{
			IsPersistent:          true,
			PersistDirectory:      "/data",
			LogConfigFileLocation: "/chroma/log_config.yaml",
			Logging:               Logging{Root: "INFO", Chromadb: "DEBUG", Uvicorn: "INFO"},
			ServerHost:            "0.0.0.0",
			ServerHTTPPort:        8000,
			MaxPayloadSizeBytes:   41943040,
			Data: Data{
				VolumeSize:  resource.MustParse("1Gi"),
				AccessModes: []string{"ReadWriteOnce"},
				// Uninstalling must not lose data (the chart: Delete).
				RetentionPolicyOnDelete: "Retain",
			},
			Telemetry:   Telemetry{ServiceName: "chroma"},
			Maintenance: Maintenance{CollectionCacheLimitBytes: 1000000000},
			Auth: Auth{
				Enabled:    true,
				Type:       "token",
				SecretName: "chromadb-auth",
				Basic:      BasicAuth{Username: "chroma"},
				Token:      TokenAuth{HeaderType: "Authorization"},
			},
		},
	}
}
