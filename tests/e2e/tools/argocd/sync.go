package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	engine "github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/util/openapi"
)

// An application's defaults.
const (
	noForce  = false
	validate = true
)

// syncRequest is one sync of an application, and the comparison that follows it.
type syncRequest struct {
	// Apply are the objects that are applied, Compare what a later render wants them to be.
	Apply   []*unstructured.Unstructured `json:"apply"`
	Compare []*unstructured.Unstructured `json:"compare"`
	// ServerSideApply is the sync option of that name; with it Argo CD compares by a structured merge.
	ServerSideApply bool `json:"serverSideApply"`
	// ServerSideDiff is the compare option of that name.
	ServerSideDiff bool `json:"serverSideDiff"`
}

// syncResponse is what Argo CD would show as OutOfSync.
type syncResponse struct {
	Compared  int          `json:"compared"`
	OutOfSync []difference `json:"outOfSync"`
}

// difference is an object as it is, and as Argo CD would have it.
type difference struct {
	Object    string          `json:"object"`
	Live      json.RawMessage `json:"live"`
	Predicted json.RawMessage `json:"predicted"`
}

// A destination is the cluster of an application.
type destination struct {
	config  *rest.Config
	kubectl *kube.KubectlCmd
	schema  openapi.Resources
	parser  *managedfields.GvkParser
}

// newSync returns a method that applies objects to the cluster of a kubeconfig as argocd-application-controller does,
// and compares what the cluster holds then with a second render.
func newSync() method {
	var once sync.Once
	var d *destination
	var failure error
	return func(ctx context.Context, kubeconfig string, text json.RawMessage) (any, error) {
		once.Do(func() { d, failure = connect(kubeconfig) })
		if failure != nil {
			return nil, failure
		}
		var request syncRequest
		if err := decode(text, &request); err != nil {
			return nil, err
		}
		return d.sync(ctx, request)
	}
}

func connect(kubeconfig string) (*destination, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	d := &destination{config: config, kubectl: &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}}
	d.schema, d.parser, err = d.kubectl.LoadOpenAPISchema(config)
	return d, err
}

func (d *destination) sync(ctx context.Context, request syncRequest) (syncResponse, error) {
	if err := d.apply(ctx, request); err != nil {
		return syncResponse{}, err
	}
	live, err := d.live(ctx, request.Compare)
	if err != nil {
		return syncResponse{}, err
	}
	settings, cleanup, err := d.diffSettings(request)
	if err != nil {
		return syncResponse{}, err
	}
	defer cleanup()
	results, err := diff.StateDiffs(live, request.Compare, settings)
	if err != nil {
		return syncResponse{}, err
	}
	return report(request.Compare, results), nil
}

// diffSettings are those of an instance and an application that say nothing about differences.
func (d *destination) diffSettings(request syncRequest) (diff.DiffConfig, func(), error) {
	applier, cleanup, err := kube.ManageServerSideDiffDryRuns(d.config, d.schema, d.kubectl.Tracer, d.kubectl.Log, d.kubectl.OnKubectlRun)
	if err != nil {
		return nil, nil, err
	}
	// What argocd-cm's default, ignoreResourceStatusField: all, stands for.
	overrides := map[string]v1alpha1.ResourceOverride{
		"*/*": {IgnoreDifferences: v1alpha1.OverrideIgnoreDiff{JSONPointers: []string{"/status"}}},
	}
	settings, err := diff.NewDiffConfigBuilder().
		WithDiffSettings(nil, overrides, false, normalizers.IgnoreNormalizerOpts{}).
		WithTracking(common.LabelKeyAppInstance, string(v1alpha1.TrackingMethodAnnotation)).
		WithNoCache().
		WithGVKParser(d.parser).
		WithManager(common.ArgoCDSSAManager).
		WithStructuredMergeDiff(request.ServerSideApply).
		WithServerSideDiff(request.ServerSideDiff).
		WithServerSideDryRunner(engine.NewK8sServerSideDryRunner(applier)).
		Build()
	return settings, cleanup, err
}

func (d *destination) apply(ctx context.Context, request syncRequest) error {
	operations, cleanup, err := d.kubectl.ManageResources(d.config, d.schema)
	if err != nil {
		return err
	}
	defer cleanup()
	for _, object := range request.Apply {
		if _, err := operations.ApplyResource(ctx, object, cmdutil.DryRunNone, noForce, validate, request.ServerSideApply, common.ArgoCDSSAManager); err != nil {
			return fmt.Errorf("apply %s: %w", identity(object), err)
		}
	}
	return nil
}

// live are the wanted objects as the cluster holds them.
func (d *destination) live(ctx context.Context, wanted []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	for _, object := range wanted {
		found, err := d.kubectl.GetResource(ctx, d.config, object.GroupVersionKind(), object.GetName(), object.GetNamespace())
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", identity(object), err)
		}
		objects = append(objects, found)
	}
	return objects, nil
}

func report(wanted []*unstructured.Unstructured, results *engine.DiffResultList) syncResponse {
	response := syncResponse{Compared: len(results.Diffs)}
	for i, result := range results.Diffs {
		if result.Modified {
			response.OutOfSync = append(response.OutOfSync, difference{identity(wanted[i]), result.NormalizedLive, result.PredictedLive})
		}
	}
	return response
}

func identity(object *unstructured.Unstructured) string {
	return object.GetKind() + "/" + object.GetName()
}
