package manifests

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// portName is the name of the server's port in the pod and the Services.
const portName = "http"

// service is the address that clients use.
func service(in Input) *corev1.Service {
	wanted := in.Config.Spec.Service
	port := in.servicePort()
	if wanted.NodePort != nil {
		port.NodePort = *wanted.NodePort
	}
	return &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: in.objectMeta(in.fullname()),
		Spec: corev1.ServiceSpec{
			Type:     corev1.ServiceType(wanted.Type),
			Ports:    []corev1.ServicePort{port},
			Selector: in.selectorLabels(),
		},
	}
}

// headlessService gives the pod its DNS name, as StatefulSet.spec.serviceName asks. It answers before the pod is
// ready, so that the name does not come and go with the readiness.
func headlessService(in Input) *corev1.Service {
	return &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: in.objectMeta(in.headlessServiceName()),
		Spec: corev1.ServiceSpec{
			Type:                     corev1.ServiceTypeClusterIP,
			ClusterIP:                corev1.ClusterIPNone,
			PublishNotReadyAddresses: true,
			Ports:                    []corev1.ServicePort{in.servicePort()},
			Selector:                 in.selectorLabels(),
		},
	}
}

func (in Input) servicePort() corev1.ServicePort {
	port := in.Config.Spec.Chromadb.ServerHTTPPort
	return corev1.ServicePort{Name: portName, Protocol: corev1.ProtocolTCP, Port: port, TargetPort: intstr.FromInt32(port)}
}
