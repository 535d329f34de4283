package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/keyutil"
)

const (
	kubeconfig = "kubeconfig"
	// serverCertificate is written by the API server, which signs it itself.
	serverCertificate = "certs/apiserver.crt"
	signingKey        = "sa.key"
)

// startServer starts the API server and its store.
func (c *Cluster) startServer(ctx context.Context) error {
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
	if err := c.run(ctx, kubernetes("kube-apiserver"), c.apiServerArguments(store, portOf(ports[2]))...); err != nil {
		return err
	}
	return c.waitUntil(ctx, func(ctx context.Context) error { return healthy(ctx, c.Config(), "/readyz") })
}

// startControllers starts what makes pods of workloads, gives them nodes, and plays the nodes.
func (c *Cluster) startControllers(ctx context.Context) error {
	ports, err := FreePorts(3)
	if err != nil {
		return err
	}
	stages, err := kwokStages(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.directory, stagesFile), stages, 0o600); err != nil {
		return err
	}
	if err := c.writeKubeconfig(); err != nil {
		return err
	}
	servers := []struct {
		tool      Tool
		arguments []string
		address   string
	}{
		{kubernetes("kube-controller-manager"), controllerManagerArguments(portOf(ports[0])), "https://" + ports[0]},
		{kubernetes("kube-scheduler"), schedulerArguments(portOf(ports[1])), "https://" + ports[1]},
		{kwok(), kwokArguments(ports[2]), "http://" + ports[2]},
	}
	for _, s := range servers {
		if err := c.run(ctx, s.tool, s.arguments...); err != nil {
			return err
		}
	}
	for _, s := range servers {
		// Nothing secret is asked or told, so that it does not matter who signed the certificate.
		server := &rest.Config{Host: s.address, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}
		if err := c.waitUntil(ctx, func(ctx context.Context) error { return healthy(ctx, server, "/healthz") }); err != nil {
			return err
		}
	}
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

func (c *Cluster) apiServerArguments(store, port string) []string {
	return []string{
		"--etcd-servers=" + store,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		"--secure-port=" + port,
		"--cert-dir=certs",
		"--service-account-issuer=" + c.host,
		"--service-account-key-file=" + signingKey,
		"--service-account-signing-key-file=" + signingKey,
		"--service-cluster-ip-range=10.0.0.0/16",
		"--authorization-mode=RBAC",
		"--token-auth-file=tokens.csv",
		// Whether a pod may be privileged is for the namespace to say.
		"--allow-privileged=true",
	}
}

func controllerManagerArguments(port string) []string {
	return append(controllerArguments(port),
		"--cert-dir=certs-controller-manager",
		"--service-account-private-key-file="+signingKey,
		"--root-ca-file="+serverCertificate,
		"--concurrent-statefulset-syncs=20",
		// A claim that comes before its volume is looked at again after this time.
		"--pvclaimbinder-sync-period=1s",
		// On a busy machine the node's heartbeats may be late.
		"--node-monitor-grace-period=1h",
	)
}

func schedulerArguments(port string) []string {
	return append(controllerArguments(port), "--cert-dir=certs-scheduler")
}

// controllerArguments are those of all programs that watch the API server. Their rate is not limited: the tests roll
// out hundreds of databases at once.
func controllerArguments(port string) []string {
	return []string{
		"--kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1",
		"--secure-port=" + port,
		"--leader-elect=false",
		"--kube-api-qps=1000",
		"--kube-api-burst=1000",
	}
}

func kwokArguments(address string) []string {
	return []string{"--kubeconfig=" + kubeconfig, "--config=" + stagesFile, "--manage-all-nodes=true", "--server-address=" + address}
}

func portOf(address string) string {
	return address[strings.LastIndex(address, ":")+1:]
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

// writeKubeconfig writes the administrator's way to the API server for the other programs.
func (c *Cluster) writeKubeconfig() error {
	const name = "tests"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: c.host, CertificateAuthority: serverCertificate}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: c.token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, filepath.Join(c.directory, kubeconfig))
}
