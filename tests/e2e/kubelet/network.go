package kubelet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// The addresses of a pod in its own network; no other pod is there.
const (
	podIPv4 = "10.244.0.10"
	podIPv6 = "fd00:10:244::a"
)

// network is the network namespace of a pod, by the file that keeps it.
type network struct {
	file string
}

// newNetwork makes a network in which a pod has its two addresses, and a loopback device.
func (n *Node) newNetwork(ctx context.Context, directory string) (network, error) {
	net := network{file: filepath.Join(directory, "network")}
	if err := os.WriteFile(n.outside(net.file), nil, 0o600); err != nil {
		return network{}, err
	}
	setUp := fmt.Sprintf("ip link set lo up && ip addr add %s/32 dev lo && ip -6 addr add %s/128 dev lo nodad", podIPv4, podIPv6)
	return network{file: n.outside(net.file)}, n.run(ctx, "unshare", "--net="+net.file, "sh", "-c", setUp)
}

// within runs a function on a thread that is in the network: a socket belongs to the network it was made in.
func (n network) within(do func() error) (err error) {
	inside, err := os.Open(n.file)
	if err != nil {
		return err
	}
	defer inside.Close()
	runtime.LockOSThread()
	outside, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer outside.Close()
	if err := unix.Setns(int(inside.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer func() {
		// A thread that cannot go back stays locked, and ends with its goroutine.
		if back := unix.Setns(int(outside.Fd()), unix.CLONE_NEWNET); back != nil {
			err = errors.Join(err, back)
			return
		}
		runtime.UnlockOSThread()
	}()
	return do()
}

// dial connects to an address, which must be numeric, within the network.
func (n network) dial(ctx context.Context, protocol, address string) (connection net.Conn, err error) {
	err = n.within(func() error {
		var dialer net.Dialer
		connection, err = dialer.DialContext(ctx, protocol, address)
		return err
	})
	return connection, err
}

// client is an HTTP client within the network; it uses a connection once, as probes do.
func (n network) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: n.dial, DisableKeepAlives: true}}
}
