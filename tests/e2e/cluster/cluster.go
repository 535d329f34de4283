package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/rest"
)

const (
	startTimeout = 2 * time.Minute
	stopGrace    = 10 * time.Second
	pollInterval = 100 * time.Millisecond
)

// A Cluster is a whole cluster on 127.0.0.1, but for its node: kwok plays it, so that pods become ready and nothing runs.
type Cluster struct {
	directory string
	host      string
	token     string
	// processes are in the order of their start; they are stopped in the reverse one.
	processes []*Process
}

// Start runs the control plane and its node; the directory, which must exist, gets their data, keys and logs.
func Start(ctx context.Context, directory string) (*Cluster, error) {
	directory, err := filepath.Abs(directory)
	if err != nil {
		return nil, fmt.Errorf("start the cluster: %w", err)
	}
	c := &Cluster{directory: directory, token: rand.Text()}
	if err := c.start(ctx); err != nil {
		// What matters was said: a process that died is an error of Stop too.
		_ = c.Stop()
		return nil, fmt.Errorf("start the cluster: %w", err)
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	if err := c.startServer(ctx); err != nil {
		return err
	}
	if err := c.startControllers(ctx); err != nil {
		return err
	}
	if err := c.createNode(ctx); err != nil {
		return err
	}
	return c.waitUntil(ctx, c.nodeReady)
}

// run builds a tool where that was not done yet, and starts it in the cluster's directory.
func (c *Cluster) run(ctx context.Context, tool Tool, arguments ...string) error {
	binary, err := Build(ctx, tool)
	if err != nil {
		return err
	}
	started, err := Launch(c.directory, Program{Binary: binary, Arguments: arguments})
	if err != nil {
		return err
	}
	c.processes = append(c.processes, started)
	return nil
}

// Config is how an administrator reaches the API server, as often as the tests like.
func (c *Cluster) Config() *rest.Config {
	return &rest.Config{
		Host:        c.host,
		BearerToken: c.token,
		// The server signs its certificate itself.
		TLSClientConfig: rest.TLSClientConfig{CAFile: filepath.Join(c.directory, "certs", "apiserver.crt")},
		QPS:             -1,
	}
}

// waitUntil waits for an answer without an error; the first process that ends ends the waiting.
func (c *Cluster) waitUntil(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		answer := ready(ctx)
		if answer == nil {
			return nil
		}
		for _, p := range c.processes {
			if err := p.Failure(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w; %s", answer, c.tails())
		case <-time.After(pollInterval):
		}
	}
}

// healthy asks a server once.
func healthy(ctx context.Context, server *rest.Config, path string) error {
	client, err := rest.HTTPClientFor(server)
	if err != nil {
		return err
	}
	client.Timeout = 10 * time.Second
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.Host+path, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, body)
	}
	return err
}

func (c *Cluster) tails() string {
	var text strings.Builder
	for _, p := range c.processes {
		fmt.Fprintln(&text, p.Tail())
	}
	return text.String()
}

// Stop ends the processes, the API server before its store: without it the server would wait for its store in vain.
func (c *Cluster) Stop() error {
	var failures []error
	for _, p := range slices.Backward(c.processes) {
		failures = append(failures, p.Stop(stopGrace))
	}
	c.processes = nil
	return errors.Join(failures...)
}
