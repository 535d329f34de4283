package manifests

import (
	"cmp"
	"maps"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chromafn/chroma-fn/fn/config"
)

// ingress leads from outside the cluster to the Service.
func ingress(in Input) *networkingv1.Ingress {
	wanted := in.Config.Spec.Ingress
	meta := in.objectMeta(in.fullname())
	meta.Annotations = maps.Clone(wanted.Annotations)
	object := &networkingv1.Ingress{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "Ingress"},
		ObjectMeta: meta,
	}
	if wanted.ClassName != "" {
		object.Spec.IngressClassName = new(wanted.ClassName)
	}
	for _, tls := range wanted.TLS {
		object.Spec.TLS = append(object.Spec.TLS, networkingv1.IngressTLS{
			Hosts:      slices.Clone(tls.Hosts),
			SecretName: tls.SecretName,
		})
	}
	for _, host := range wanted.Hosts {
		object.Spec.Rules = append(object.Spec.Rules, ingressRule(in, host))
	}
	return object
}

func ingressRule(in Input, host config.IngressHost) networkingv1.IngressRule {
	http := &networkingv1.HTTPIngressRuleValue{}
	for _, path := range host.Paths {
		pathType := networkingv1.PathType(cmp.Or(path.PathType, string(networkingv1.PathTypeImplementationSpecific)))
		http.Paths = append(http.Paths, networkingv1.HTTPIngressPath{
			Path:     path.Path,
			PathType: &pathType,
			Backend: networkingv1.IngressBackend{
				Service: &networkingv1.IngressServiceBackend{
					Name: in.fullname(),
					Port: networkingv1.ServiceBackendPort{Number: in.Config.Spec.Chromadb.ServerHTTPPort},
				},
			},
		})
	}
	return networkingv1.IngressRule{Host: host.Host, IngressRuleValue: networkingv1.IngressRuleValue{HTTP: http}}
}
