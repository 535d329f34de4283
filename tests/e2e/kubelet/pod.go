package kubelet

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What a pod may ask about itself and its node.
const (
	podUID   = "0b5e3c1e-6d0f-4a57-9a5c-2f3f0f6f3c11"
	nodeName = "node"
	nodeIP   = "10.244.0.1"
)

// A Pod is one that runs, or has run. It is not restarted: a test wants to see why a container ended.
type Pod struct {
	node      *Node
	pod       *corev1.Pod
	objects   objects
	directory string
	number    int
	network   network
	volumes   map[string]volume
	server    *container
	status    status
}

// status is what the probes and the kubelet have made of the pod.
type status struct {
	mutex   sync.Mutex
	ready   bool
	changed chan struct{}
	events  []string
}

// Run starts the first pod of the only StatefulSet among the objects: its init containers to their end, then its
// server, of which the probes begin to ask. It returns once the server's process runs.
func (n *Node) Run(ctx context.Context, all []*unstructured.Unstructured) (*Pod, error) {
	o, err := readObjects(all)
	if err != nil {
		return nil, err
	}
	p := &Pod{node: n, objects: o, pod: FirstPod(o.set), status: status{changed: make(chan struct{})}}
	if err := p.start(ctx); err != nil {
		return nil, fmt.Errorf("pod %s: %w", p.pod.Name, err)
	}
	return p, nil
}

func (p *Pod) start(ctx context.Context) error {
	if err := checkFields(p.pod); err != nil {
		return err
	}
	if count := len(p.pod.Spec.Containers); count != 1 {
		return fmt.Errorf("the kubelet of the tests runs one container, not %d", count)
	}
	p.node.register(p)
	if err := os.MkdirAll(p.node.outside(p.directory), 0o755); err != nil {
		return err
	}
	var err error
	if p.network, err = p.node.newNetwork(ctx, p.directory); err != nil {
		return err
	}
	if err := p.prepareVolumes(ctx); err != nil {
		return err
	}
	for i := range p.pod.Spec.InitContainers {
		if err := p.initialize(ctx, &p.pod.Spec.InitContainers[i]); err != nil {
			return err
		}
	}
	if p.server, err = p.startContainer(ctx, &p.pod.Spec.Containers[0]); err != nil {
		return err
	}
	p.startProbes()
	return nil
}

// register gives the pod a number and a directory.
func (n *Node) register(p *Pod) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.pods = append(n.pods, p)
	p.number = len(n.pods)
	p.directory = filepath.Join(n.root, "pods", strconv.Itoa(p.number))
}

// initialize runs an init container to its end.
func (p *Pod) initialize(ctx context.Context, spec *corev1.Container) error {
	c, err := p.startContainer(ctx, spec)
	if err != nil {
		return err
	}
	select {
	case <-c.ended:
	case <-ctx.Done():
		return fmt.Errorf("init container %s: %w", spec.Name, ctx.Err())
	}
	if c.exitCode != 0 {
		return fmt.Errorf("init container %s: exit code %d\n%s", spec.Name, c.exitCode, c.said())
	}
	return nil
}

// WaitReady waits until the readiness probe has succeeded. A server that ends before that is an error with its log.
func (p *Pod) WaitReady(ctx context.Context) error {
	return p.wait(ctx, true)
}

// WaitUnready waits until the readiness probe has failed as often as the manifest allows.
func (p *Pod) WaitUnready(ctx context.Context) error {
	return p.wait(ctx, false)
}

func (p *Pod) wait(ctx context.Context, ready bool) error {
	for {
		p.status.mutex.Lock()
		is, changed := p.status.ready, p.status.changed
		p.status.mutex.Unlock()
		if is == ready {
			return nil
		}
		select {
		case <-changed:
		case <-p.server.ended:
			return fmt.Errorf("the server ended with exit code %d: %s\n%s", p.server.exitCode, strings.Join(p.Events(), "; "), p.Log())
		case <-ctx.Done():
			return fmt.Errorf("ready is not %t: %w: %s\n%s", ready, ctx.Err(), strings.Join(p.Events(), "; "), p.Log())
		}
	}
}

// setReady notes the state of the readiness probe.
func (p *Pod) setReady(ready bool) {
	p.status.mutex.Lock()
	defer p.status.mutex.Unlock()
	if p.status.ready != ready {
		p.status.ready = ready
		close(p.status.changed)
		p.status.changed = make(chan struct{})
	}
}

// note adds an event, as `kubectl describe` would show it.
func (p *Pod) note(format string, arguments ...any) {
	p.status.mutex.Lock()
	defer p.status.mutex.Unlock()
	p.status.events = append(p.status.events, fmt.Sprintf(format, arguments...))
}

// Events are what happened to the pod that its server does not tell.
func (p *Pod) Events() []string {
	p.status.mutex.Lock()
	defer p.status.mutex.Unlock()
	return slices.Clone(p.status.events)
}

// Age is how long ago the server's process was started.
func (p *Pod) Age() time.Duration { return time.Since(p.server.began) }

// Ended is closed when the server has ended.
func (p *Pod) Ended() <-chan struct{} { return p.server.ended }

// ExitCode is that of a server that has ended; 128 and the signal's number for one that was killed.
func (p *Pod) ExitCode() int { return p.server.exitCode }

// Log is what the server has printed.
func (p *Pod) Log() string { return p.server.said() }

// Spec is the pod as it was started.
func (p *Pod) Spec() *corev1.PodSpec { return &p.pod.Spec }

// Client is an HTTP client in the network of the pod.
func (p *Pod) Client() *http.Client { return p.network.client() }

// Dial connects to a numeric address in the network of the pod.
func (p *Pod) Dial(ctx context.Context, address string) (net.Conn, error) {
	return p.network.dial(ctx, "tcp", address)
}

// Listen waits for connections in the network of the pod, as another program beside the server would.
func (p *Pod) Listen(address string) (listener net.Listener, err error) {
	err = p.network.within(func() error {
		listener, err = net.Listen("tcp", address)
		return err
	})
	return listener, err
}

// Addresses are those of the pod, the one that probes ask first.
func (p *Pod) Addresses() []string { return []string{podIPv4, podIPv6} }

// Signal sends a signal to every process of the server, past its kubelet.
func (p *Pod) Signal(ctx context.Context, signal syscall.Signal) error {
	return p.server.signalAll(ctx, signal)
}

// A Termination tells how a pod ended that was asked to.
type Termination struct {
	Took time.Duration
	// Killed is set where the grace period was too short.
	Killed   bool
	ExitCode int
}

// Stop ends the pod as a deletion does: SIGTERM, the grace period of the manifest, SIGKILL.
func (p *Pod) Stop(ctx context.Context) (Termination, error) {
	began := time.Now()
	killed, err := p.server.stop(ctx, p.grace())
	return Termination{Took: time.Since(began), Killed: killed, ExitCode: p.server.exitCode}, err
}

func (p *Pod) grace() time.Duration {
	if seconds := p.pod.Spec.TerminationGracePeriodSeconds; seconds != nil {
		return time.Duration(*seconds) * time.Second
	}
	return 30 * time.Second
}

// abandon ends what is left of the pod when its node ends.
func (p *Pod) abandon() {
	if p.server != nil {
		_ = p.server.signalAll(context.Background(), syscall.SIGKILL)
		<-p.server.ended
	}
}

// Exec runs a command in the server's container, as its user, and returns what it printed.
func (p *Pod) Exec(ctx context.Context, command ...string) (string, error) {
	output, err := p.server.runc(ctx, append([]string{"exec", p.server.id}, command...)...).CombinedOutput()
	return string(output), err
}
