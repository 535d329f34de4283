package cluster

import "strings"

// KubernetesVersion is the one that tools/k8s/go.mod pins; a test compares them.
const KubernetesVersion = "v1.36.3"

// etcd is the store of the API server.
func etcd() Tool {
	return Tool{Name: "etcd", Module: "tools/k8s", Package: "go.etcd.io/etcd/server/v3", LDFlags: "-s -w"}
}

// kubernetes is a program of Kubernetes by its name.
func kubernetes(name string) Tool {
	return Tool{Name: name, Module: "tools/k8s", Package: "k8s.io/kubernetes/cmd/" + name, LDFlags: versionFlags()}
}

// versionFlags tell a program of Kubernetes its version, which its release build would: otherwise it claims v0.0.0.
func versionFlags() string {
	const variable = " -X k8s.io/component-base/version."
	parts := strings.Split(strings.TrimPrefix(KubernetesVersion, "v"), ".")
	return "-s -w" + variable + "gitVersion=" + KubernetesVersion + variable + "gitMajor=" + parts[0] + variable + "gitMinor=" + parts[1]
}

// kwok plays the kubelets of nodes that do not exist.
func kwok() Tool {
	return Tool{Name: "kwok", Module: "tools/kwok", Package: "sigs.k8s.io/kwok/cmd/kwok", LDFlags: "-s -w"}
}

// Kustomize is kustomize as it is released.
func Kustomize() Tool {
	return Tool{Name: "kustomize", Module: "tools/kustomize", Package: "sigs.k8s.io/kustomize/kustomize/v5", LDFlags: "-s -w"}
}

// Kpt is kpt's own fn and pkg commands.
func Kpt() Tool {
	return Tool{Name: "kpt", Module: "tools/kpt", Package: ".", LDFlags: "-s -w"}
}

// ArgoCD is two of Argo CD's servers and its client code in one binary.
func ArgoCD() Tool {
	return Tool{Name: "argocd", Module: "tools/argocd", Package: ".", LDFlags: "-s -w"}
}

// Helm is helm as it is released.
func Helm() Tool {
	return Tool{Name: "helm", Module: "tools/helm", Package: "helm.sh/helm/v3/cmd/helm", LDFlags: "-s -w"}
}
