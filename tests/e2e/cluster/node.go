package cluster

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// DefaultStorageClass is the class of the claims that name none. As in most clouds, its volumes wait for the pod.
const DefaultStorageClass = "standard"

const nodeName = "node"

var nodes = corev1.SchemeGroupVersion.WithResource("nodes")

// createNode creates the node, and the class of volumes.
func (c *Cluster) createNode(ctx context.Context) error {
	client, err := dynamic.NewForConfig(c.Config())
	if err != nil {
		return err
	}
	has := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("10k"),
		corev1.ResourceMemory:           resource.MustParse("1Pi"),
		corev1.ResourcePods:             resource.MustParse("10k"),
		corev1.ResourceEphemeralStorage: resource.MustParse("1Pi"),
		"example.com/gpu":               resource.MustParse("1k"),
	}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: nodeName,
			// What the goldens and the matrix select nodes by.
			Labels: map[string]string{corev1.LabelArchStable: "amd64", corev1.LabelOSStable: "linux", corev1.LabelHostname: nodeName, "disk": "ssd"},
		},
		Status: corev1.NodeStatus{Capacity: has, Allocatable: has},
	}
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{
			Name:        DefaultStorageClass,
			Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"},
		},
		Provisioner:       "kubernetes.io/no-provisioner",
		VolumeBindingMode: new(storagev1.VolumeBindingWaitForFirstConsumer),
	}
	return errors.Join(
		create(ctx, client, nodes, "Node", node),
		create(ctx, client, storagev1.SchemeGroupVersion.WithResource("storageclasses"), "StorageClass", class))
}

func create(ctx context.Context, client dynamic.Interface, kinds schema.GroupVersionResource, kind string, object runtime.Object) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return err
	}
	created := &unstructured.Unstructured{Object: content}
	created.SetGroupVersionKind(kinds.GroupVersion().WithKind(kind))
	_, err = client.Resource(kinds).Create(ctx, created, metav1.CreateOptions{})
	return err
}

// nodeReady asks whether pods may run on the node: kwok says that it is ready, and the controller manager then takes
// away the taint that every new node has.
func (c *Cluster) nodeReady(ctx context.Context) error {
	client, err := dynamic.NewForConfig(c.Config())
	if err != nil {
		return err
	}
	object, err := client.Resource(nodes).Get(ctx, nodeName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	var node corev1.Node
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &node); err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue && len(node.Spec.Taints) == 0 {
			return nil
		}
	}
	return fmt.Errorf("the node has the conditions %v and the taints %v", node.Status.Conditions, node.Spec.Taints)
}
