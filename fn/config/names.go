package config

import (
	"strings"
)

// The labels that select the pods. They are the chart's, so that its volumes can be adopted, and immutable in a
// StatefulSet.
const (
	LabelName     = "app.kubernetes.io/name"
	LabelInstance = "app.kubernetes.io/instance"
)

// HtpasswdContainer and ServerContainer are the names of our containers in the pod.
const (
	HtpasswdContainer = "generate-htpasswd"
	ServerContainer   = "chromadb"
)

// The names of our volumes in the pod. They may be mounted by the user's init containers.
const (
	DataVolume     = "data"
	TmpVolume      = "tmp"
	ConfigVolume   = "config"
	LogVolume      = "log-config"
	HtpasswdVolume = "htpasswd"
)

// chartName is the name of the Helm chart, which is part of its releases' names.
const chartName = "chromadb"

// maxLabel is the length of a label value (Kubernetes: 63), to which the chart cuts its names.
const maxLabel = 63

// AppName is the value of the label app.kubernetes.io/name: nameOverride, or chromadb.
func (c *ChromaConfig) AppName() string {
	if c.Spec.NameOverride != "" {
		return cut(c.Spec.NameOverride)
	}
	return chartName
}

// Fullname is the name of the StatefulSet and the Service, made as the chart makes it: fullnameOverride, or the
// release name where it contains the chart's name, or both joined by a dash.
func (c *ChromaConfig) Fullname() string {
	name := chartName
	if c.Spec.NameOverride != "" {
		name = c.Spec.NameOverride
	}
	switch {
	case c.Spec.FullnameOverride != "":
		return cut(c.Spec.FullnameOverride)
	case strings.Contains(c.Metadata.Name, name):
		return cut(c.Metadata.Name)
	default:
		return cut(c.Metadata.Name + "-" + name)
	}
}

// ServiceAccountName is the name of the pod's ServiceAccount.
func (c *ChromaConfig) ServiceAccountName() string {
	switch {
	case c.Spec.ServiceAccount.Name != "":
		return c.Spec.ServiceAccount.Name
	case c.Spec.ServiceAccount.Create:
		return c.Fullname()
	default:
		return defaultAccount
	}
}

// defaultAccount is the ServiceAccount that every namespace has.
const defaultAccount = "default"

// AuthSecretName is the name of the Secret that holds the credentials, whoever makes it.
func (c *ChromaConfig) AuthSecretName() string {
	auth := c.Spec.Chromadb.Auth
	switch {
	case auth.ExistingSecret != "":
		return auth.ExistingSecret
	case auth.SecretName != "":
		return auth.SecretName
	default:
		return DefaultSpec().Chromadb.Auth.SecretName
	}
}

// cut shortens a name to the length of a label value, as the chart does.
func cut(name string) string {
	if len(name) > maxLabel {
		name = name[:maxLabel]
	}
	return strings.TrimSuffix(name, "-")
}
