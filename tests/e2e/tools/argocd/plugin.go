package main

import (
	"context"
	"encoding/json"
	"path/filepath"

	"github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	"github.com/argoproj/argo-cd/v3/util/cmp"
	utilio "github.com/argoproj/argo-cd/v3/util/io"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// pluginRequest is an application in a directory that is sent to a plugin, as argocd-repo-server sends a checkout.
type pluginRequest struct {
	// Root is what is sent, Path the application's directory below it.
	Root string   `json:"root"`
	Path string   `json:"path"`
	Env  []string `json:"env"`
}

func checkPlugin(ctx context.Context, socket string, _ json.RawMessage) (any, error) {
	closer, client, err := apiclient.NewConfigManagementPluginClientSet(socket).NewConfigManagementPluginClient()
	if err != nil {
		return nil, err
	}
	defer utilio.Close(closer)
	return client.CheckPluginConfiguration(ctx, &emptypb.Empty{})
}

func matchRepository(ctx context.Context, socket string, request json.RawMessage) (any, error) {
	return send(ctx, socket, request, apiclient.ConfigManagementPluginServiceClient.MatchRepository)
}

func announceParameters(ctx context.Context, socket string, request json.RawMessage) (any, error) {
	return send(ctx, socket, request, apiclient.ConfigManagementPluginServiceClient.GetParametersAnnouncement)
}

func generateByPlugin(ctx context.Context, socket string, request json.RawMessage) (any, error) {
	return send(ctx, socket, request, apiclient.ConfigManagementPluginServiceClient.GenerateManifest)
}

// upload is a stream to a plugin, which answers once all is sent.
type upload[Response any] interface {
	cmp.StreamSender
	CloseAndRecv() (Response, error)
}

// send sends a directory to a plugin over a new connection, as argocd-repo-server does.
func send[Response any, Stream upload[Response]](ctx context.Context, socket string, request json.RawMessage,
	open func(apiclient.ConfigManagementPluginServiceClient, context.Context, ...grpc.CallOption) (Stream, error),
) (any, error) {
	var app pluginRequest
	if err := decode(request, &app); err != nil {
		return nil, err
	}
	closer, client, err := apiclient.NewConfigManagementPluginClientSet(socket).NewConfigManagementPluginClient()
	if err != nil {
		return nil, err
	}
	defer utilio.Close(closer)
	stream, err := open(client, ctx)
	if err != nil {
		return nil, err
	}
	if err := cmp.SendRepoStream(ctx, filepath.Join(app.Root, app.Path), app.Root, stream, app.Env, nil); err != nil {
		return nil, err
	}
	return stream.CloseAndRecv()
}
