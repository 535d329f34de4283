package kubelet

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// eagerPeriod is how often an eager node asks between the times of the manifest.
const eagerPeriod = 50 * time.Millisecond

// A probe asks one container over and over.
type probe struct {
	name string
	spec corev1.Probe
	ask  func(ctx context.Context) error
	// eager asks also between the times of the manifest, where only a success counts.
	eager bool
	began time.Time
}

// startProbes starts the probes of the server: the others wait for the one of the startup.
func (p *Pod) startProbes() {
	ctx, stop := context.WithCancel(context.Background())
	go func() { <-p.server.ended; stop() }()
	spec := &p.pod.Spec.Containers[0]
	go func() {
		if probe := p.newProbe("Startup", spec, spec.StartupProbe); probe != nil {
			started := false
			probe.run(ctx, func(err error) bool {
				started = err == nil
				p.killIf(ctx, "Startup", err)
				return false
			})
			if !started {
				return
			}
		}
		if probe := p.newProbe("Liveness", spec, spec.LivenessProbe); probe != nil {
			probe.eager = false
			go probe.run(ctx, func(err error) bool { p.killIf(ctx, "Liveness", err); return err == nil })
		}
		probe := p.newProbe("Readiness", spec, spec.ReadinessProbe)
		if probe == nil {
			p.setReady(true)
			return
		}
		probe.run(ctx, func(err error) bool {
			if err != nil {
				p.note("Readiness probe failed: %v", err)
			}
			p.setReady(err == nil)
			return true
		})
	}()
}

// killIf ends a server whose probe has failed as often as the manifest allows.
func (p *Pod) killIf(ctx context.Context, name string, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	p.note("%s probe failed: %v", name, err)
	p.note("Container %s failed %s probe and is killed", p.server.name, name)
	if _, err := p.server.stop(context.Background(), p.grace()); err != nil {
		p.note("%v", err)
	}
}

// newProbe completes a probe with the defaults of the API server; nil where there is none.
func (p *Pod) newProbe(name string, container *corev1.Container, spec *corev1.Probe) *probe {
	if spec == nil {
		return nil
	}
	complete := *spec.DeepCopy()
	for field, byDefault := range map[*int32]int32{
		&complete.TimeoutSeconds: 1, &complete.PeriodSeconds: 10, &complete.SuccessThreshold: 1, &complete.FailureThreshold: 3,
	} {
		if *field == 0 {
			*field = byDefault
		}
	}
	return &probe{name: name, spec: complete, eager: p.node.Eager, began: p.server.began, ask: func(ctx context.Context) error {
		return p.httpGet(ctx, container, &complete)
	}}
}

// run asks until the context ends. It tells each time that as many answers agree as the manifest demands, and ends when
// it is told to.
func (b *probe) run(ctx context.Context, tell func(err error) (goOn bool)) {
	seconds := func(n int32) time.Duration { return time.Duration(n) * time.Second }
	due := b.began.Add(seconds(b.spec.InitialDelaySeconds))
	var successes, failures int32
	for {
		wait := time.Until(due)
		if b.eager && successes == 0 {
			wait = min(wait, eagerPeriod)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		isDue := !time.Now().Before(due)
		if isDue {
			due = time.Now().Add(seconds(b.spec.PeriodSeconds))
		}
		err := b.ask(ctx)
		agree := false
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			successes, failures = successes+1, 0
			agree = successes >= b.spec.SuccessThreshold
		case isDue:
			successes, failures = 0, failures+1
			agree = failures >= b.spec.FailureThreshold
		}
		if agree && !tell(err) {
			return
		}
	}
}

// httpGet asks as a kubelet does: at the address of the pod, over a connection of its own.
func (p *Pod) httpGet(ctx context.Context, container *corev1.Container, spec *corev1.Probe) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(spec.TimeoutSeconds)*time.Second)
	defer cancel()
	port, err := portOf(container, spec.HTTPGet.Port)
	if err != nil {
		return err
	}
	url := "http://" + net.JoinHostPort(p.Addresses()[0], port) + spec.HTTPGet.Path
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "kube-probe/1.36")
	request.Header.Set("Accept", "*/*")
	for _, header := range spec.HTTPGet.HTTPHeaders {
		request.Header.Set(header.Name, header.Value)
	}
	response, err := p.Client().Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode < http.StatusOK || response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("HTTP probe failed with statuscode: %d", response.StatusCode)
	}
	return nil
}

// portOf is the number of a port that a probe may name.
func portOf(container *corev1.Container, port intstr.IntOrString) (string, error) {
	if port.Type == intstr.Int {
		return strconv.Itoa(port.IntValue()), nil
	}
	for _, known := range container.Ports {
		if known.Name == port.StrVal {
			return strconv.Itoa(int(known.ContainerPort)), nil
		}
	}
	return "", fmt.Errorf("container %s has no port %s", container.Name, port.StrVal)
}
