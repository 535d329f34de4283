package main

import (
	"context"
	"encoding/json"

	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	utilio "github.com/argoproj/argo-cd/v3/util/io"
	"google.golang.org/grpc"
)

// repoServerTimeout is the limit that Argo CD sets to a request, in seconds, unless
// controller.repo.server.timeout.seconds says otherwise.
const repoServerTimeout = 60

// generateManifests is what argocd-application-controller asks for; the request is an apiclient.ManifestRequest.
func generateManifests(ctx context.Context, address string, request json.RawMessage) (any, error) {
	return ask(ctx, address, request, apiclient.RepoServerServiceClient.GenerateManifest)
}

// appDetails is what argocd-server shows of an application, its parameters for instance; the request is an
// apiclient.RepoServerAppDetailsQuery.
func appDetails(ctx context.Context, address string, request json.RawMessage) (any, error) {
	return ask(ctx, address, request, apiclient.RepoServerServiceClient.GetAppDetails)
}

func ask[Request, Response any](ctx context.Context, address string, request json.RawMessage,
	call func(apiclient.RepoServerServiceClient, context.Context, *Request, ...grpc.CallOption) (Response, error),
) (any, error) {
	query := new(Request)
	if err := decode(request, query); err != nil {
		return nil, err
	}
	server := apiclient.NewRepoServerClientset(address, repoServerTimeout, apiclient.TLSConfiguration{DisableTLS: true})
	closer, client, err := server.NewRepoServerClient()
	if err != nil {
		return nil, err
	}
	defer utilio.Close(closer)
	return call(client, ctx, query)
}
