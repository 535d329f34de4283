// Package fn is chroma-fn as a KRM function: ResourceList in, ResourceList out.
//
// [Run] reads and writes the stream, [Process] is the function itself. It is the only package that knows the protocol
// (kustomize's functions specification, config.kubernetes.io/v1).
package fn
