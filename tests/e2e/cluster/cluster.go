package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/keyutil"
)

const (
	startTimeout = 2 * time.Minute
	stopGrace    = 10 * time.Second
	pollInterval = 100 * time.Millisecond
)

// A Cluster is a control plane on 127.0.0.1 that knows no nodes: it stores and judges objects, and nothing runs.
type Cluster struct {
	directory string
	host      string
	token     string
	// processes are in the order of their start; they are stopped in the reverse one.
	processes []*Process
}

// Start runs etcd and the API server; the directory, which must exist, gets their data, keys and logs.
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
	if err := c.writeCredentials(); err != nil {
		return err
	}
	ports, err := FreePorts(3)
	if err != nil {
		return err
	}
	store, peer := "http://"+ports[0], "http://"+ports[1]
	c.host = "https://" + ports[2]
	if err := c.run(ctx, etcd(), etcdArguments(store, peer)...); err != nil {
		return err
	}
	if err := c.run(ctx, kubernetes("kube-apiserver"), c.apiServerArguments(store, ports[2])...); err != nil {
		return err
	}
	return c.waitUntilReady(ctx)
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

func etcdArguments(store, peer string) []string {
	return []string{
		"--data-dir=etcd",
		"--unsafe-no-fsync",
		"--listen-client-urls=" + store,
		"--advertise-client-urls=" + store,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=default=" + peer,
	}
}

func (c *Cluster) apiServerArguments(store, address string) []string {
	return []string{
		"--etcd-servers=" + store,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		"--secure-port=" + address[strings.LastIndex(address, ":")+1:],
		"--cert-dir=certs",
		"--service-account-issuer=" + c.host,
		"--service-account-key-file=sa.key",
		"--service-account-signing-key-file=sa.key",
		"--service-cluster-ip-range=10.0.0.0/16",
		"--authorization-mode=RBAC",
		"--token-auth-file=tokens.csv",
		// Its service accounts come from the controller manager, which is not there.
		"--disable-admission-plugins=ServiceAccount",
		// Whether a pod may be privileged is for the namespace to say.
		"--allow-privileged=true",
	}
}

// writeCredentials writes an administrator's token and the key that signs the tokens of service accounts.
func (c *Cluster) writeCredentials() error {
	tokens := c.token + ",admin,admin,system:masters\n"
	if err := os.WriteFile(filepath.Join(c.directory, "tokens.csv"), []byte(tokens), 0o600); err != nil {
		return err
	}
	key, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err != nil {
		return fmt.Errorf("make the key of the service accounts: %w", err)
	}
	return keyutil.WriteKey(filepath.Join(c.directory, "sa.key"), key)
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

// waitUntilReady waits for the API server; the first process that ends ends the waiting.
func (c *Cluster) waitUntilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		ready := c.ready(ctx)
		if ready == nil {
			return nil
		}
		for _, p := range c.processes {
			if err := p.Failure(); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the API server is not ready: %w; %s", ready, c.tails())
		case <-time.After(pollInterval):
		}
	}
}

// ready asks the API server once.
func (c *Cluster) ready(ctx context.Context) error {
	client, err := rest.HTTPClientFor(c.Config())
	if err != nil {
		return err
	}
	client.Timeout = 10 * time.Second
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.host+"/readyz", http.NoBody)
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
