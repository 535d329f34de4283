package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	stagesFile = "stages.yaml"
	kwokModule = "sigs.k8s.io/kwok"
)

// kwokStages are what kwok does to nodes and pods, as its own module has it: a node is ready, a pod that has a node is
// ready at once, and gone at once when it is deleted.
func kwokStages(ctx context.Context) ([]byte, error) {
	module, err := moduleDirectory(ctx, kwok(), kwokModule)
	if err != nil {
		return nil, fmt.Errorf("find the stages of kwok: %w", err)
	}
	var stages [][]byte
	for _, name := range []string{"node/fast/node-initialize", "node/heartbeat/node-heartbeat", "pod/fast/pod-ready", "pod/fast/pod-complete", "pod/fast/pod-delete"} {
		stage, err := os.ReadFile(filepath.Join(module, "kustomize", "stage", name+".yaml"))
		if err != nil {
			return nil, fmt.Errorf("read a stage of kwok: %w", err)
		}
		stages = append(stages, stage)
	}
	return bytes.Join(stages, []byte("\n---\n")), nil
}

// moduleDirectory is where Go keeps the source of a module that a tool is built from.
func moduleDirectory(ctx context.Context, tool Tool, module string) (string, error) {
	root, _, err := goEnvironment(ctx)
	if err != nil {
		return "", err
	}
	var stderr bytes.Buffer
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	command.Dir = tool.directory(root)
	command.Env = append(os.Environ(), "GOWORK=off")
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go mod download %s: %w\n%s%s", module, err, output, stderr.String())
	}
	var downloaded struct{ Dir string }
	err = json.Unmarshal(output, &downloaded)
	return downloaded.Dir, err
}
