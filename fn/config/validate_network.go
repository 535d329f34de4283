package config

import (
	"errors"
	"net/netip"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (v *validator) validateServiceAccount() {
	path := field.NewPath("spec", "serviceAccount")
	account := v.c.Spec.ServiceAccount
	if account.Name != "" {
		v.mustBe(path.Child("name"), validation.IsDNS1123Subdomain(account.Name))
	}
	if account.Create && v.c.ServiceAccountName() == defaultAccount {
		v.errorf(path.Child("name"), "%s is the namespace's own account, which would be taken over: set %s to false to use it, or write another name", defaultAccount, path.Child("create"))
	}
	v.validateAnnotations(account.Annotations, path.Child("annotations"))
	if !account.Create && len(account.Annotations) > 0 {
		v.warnf(path.Child("annotations"), "have no effect: %s is false, so that no ServiceAccount is emitted", path.Child("create"))
	}
}

// The range of node ports that an API server uses unless it is started with another --service-node-port-range.
const minNodePort, maxNodePort = 30000, 32767

func (v *validator) validateService() {
	path := field.NewPath("spec", "service", "nodePort")
	service := v.c.Spec.Service
	switch {
	case service.NodePort == nil:
	case service.Type == "ClusterIP":
		v.errorf(path, "needs spec.service.type NodePort or LoadBalancer, not %s", service.Type)
	case *service.NodePort < minNodePort || *service.NodePort > maxNodePort:
		v.warnf(path, "%d is outside %d-%d: only a cluster with another --service-node-port-range takes it", *service.NodePort, minNodePort, maxNodePort)
	}
}

// classAnnotation is the older form of className.
const classAnnotation = "kubernetes.io/ingress.class"

func (v *validator) validateIngress() {
	path := field.NewPath("spec", "ingress")
	ingress := v.c.Spec.Ingress
	if !ingress.Enabled {
		if v.c.IsSet(path.String()) && (len(ingress.Hosts) > 0 || len(ingress.TLS) > 0 || len(ingress.Annotations) > 0 || ingress.ClassName != "") {
			v.infof(path, "has no effect: %s is false", path.Child("enabled"))
		}
		return
	}
	if ingress.ClassName != "" {
		v.mustBe(path.Child("className"), validation.IsDNS1123Subdomain(ingress.ClassName))
	}
	v.validateAnnotations(ingress.Annotations, path.Child("annotations"))
	if class, isSet := ingress.Annotations[classAnnotation]; isSet && ingress.ClassName != "" && class != ingress.ClassName {
		v.errorf(path.Child("annotations").Key(classAnnotation), "is %q while className is %q, which Kubernetes refuses; remove this one", class, ingress.ClassName)
	}
	if len(ingress.Hosts) == 0 {
		v.errorf(path.Child("hosts"), "is empty: write the host and the path that lead to the database, such as [{host: chroma.example.com, paths: [{path: /, pathType: Prefix}]}]")
	}
	for i, host := range ingress.Hosts {
		v.validateIngressHost(host, path.Child("hosts").Index(i))
	}
	for i, tls := range ingress.TLS {
		at := path.Child("tls").Index(i)
		if tls.SecretName != "" {
			v.mustBe(at.Child("secretName"), validation.IsDNS1123Subdomain(tls.SecretName))
		}
		for j, host := range tls.Hosts {
			v.validateHostName(host, at.Child("hosts").Index(j))
		}
	}
}

func (v *validator) validateIngressHost(host IngressHost, path *field.Path) {
	if host.Host != "" {
		v.validateHostName(host.Host, path.Child("host"))
	}
	if len(host.Paths) == 0 {
		v.errorf(path.Child("paths"), "is empty; write a path, such as [{path: /, pathType: Prefix}]")
	}
	for i, p := range host.Paths {
		at := path.Child("paths").Index(i).Child("path")
		switch {
		case !strings.HasPrefix(p.Path, "/"):
			v.errorf(at, "must start with a slash; it is %q", p.Path)
		case p.PathType == "Prefix" || p.PathType == "Exact":
			v.validateStrictPath(p.Path, p.PathType, at)
		}
	}
}

// validateStrictPath refuses what the API server refuses in the paths of type Prefix and Exact.
func (v *validator) validateStrictPath(p, pathType string, path *field.Path) {
	for _, sequence := range []string{"//", "/./", "/../", "%2f", "%2F"} {
		if strings.Contains(p, sequence) {
			v.errorf(path, "must not contain %q with pathType %s", sequence, pathType)
		}
	}
	for _, suffix := range []string{"/..", "/."} {
		if strings.HasSuffix(p, suffix) {
			v.errorf(path, "must not end in %q with pathType %s", suffix, pathType)
		}
	}
}

// validateHostName checks a host of an Ingress: a DNS name, which may start with a wildcard.
func (v *validator) validateHostName(host string, path *field.Path) {
	switch _, err := netip.ParseAddr(host); {
	case err == nil:
		v.errorf(path, "must be a DNS name, not the IP address %s", host)
	case strings.Contains(host, "*"):
		v.mustBe(path, validation.IsWildcardDNS1123Subdomain(host))
	default:
		v.mustBe(path, validation.IsDNS1123Subdomain(host))
	}
}

// validateExposure speaks of a database without authentication that is reachable from outside the cluster.
func (v *validator) validateExposure() {
	if v.c.AuthType(v.caps) != "" {
		return
	}
	if service := v.c.Spec.Service; service.Type != "ClusterIP" {
		v.warnf(field.NewPath("spec", "service", "type"), "%s makes a database without authentication reachable from outside the cluster: everyone who reaches it can read and delete all data", service.Type)
	}
	if v.c.Spec.Ingress.Enabled {
		v.infof(field.NewPath("spec", "ingress", "enabled"), "makes a database without authentication reachable from outside the cluster: have the ingress controller authenticate its clients")
	}
}

// listenAddress reads an IP address; an IPv6 address may stand in brackets.
func listenAddress(host string) (netip.Addr, error) {
	inner, opened := strings.CutPrefix(host, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	addr, err := netip.ParseAddr(inner)
	if err == nil && (opened != closed || opened && addr.Is4()) {
		err = errBrackets
	}
	return addr, err
}

var errBrackets = errors.New("brackets stand around an IPv6 address only")

func (v *validator) validateListen() {
	path := field.NewPath("spec", "chromadb", "serverHost")
	host := v.c.Spec.Chromadb.ServerHost
	switch addr, err := listenAddress(host); {
	case err != nil:
		v.errorf(path, "must be an IP address, such as 0.0.0.0, or :: for a dual-stack cluster, not %q", host)
	case addr.IsLoopback():
		v.warnf(path, "%s is reachable from within the pod only: the probes and the Service reach nothing, and the pod never becomes ready; use 0.0.0.0, or :: for a dual-stack cluster", host)
	case !addr.IsUnspecified():
		v.errorf(path, "%s would have to be the pod's own address, which nobody knows beforehand: use 0.0.0.0, or :: for a dual-stack cluster", host)
	}
}
