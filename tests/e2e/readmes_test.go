package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The READMEs of the examples for hosts are followed to the letter: every indented line is a command, run in the root
// of a copy of the repository, with the real kustomize and kpt, once with podman for Docker and once with a Docker Engine.
func TestReadmesOfExamples(t *testing.T) {
	engine := newImageEngine(t)
	engine.standInForGo(t)
	engine.must(t, "docker build --quiet $IMAGE_FLAGS --tag "+hostsImage+" .")
	docker := newDockerEngine(t)
	docker.take(t, engine, hostsImage)
	h := newHosts(t)
	tools := t.TempDir()
	require.NoError(t, os.Symlink(h.kustomize, filepath.Join(tools, "kustomize")))
	require.NoError(t, os.Symlink(h.kpt, filepath.Join(tools, "kpt")))
	for name, runner := range map[string]*imageEngine{"podman": engine, "Docker Engine": docker} {
		for _, example := range []string{"kustomize-generator", "kustomize-overlays", "kpt-package", "flux-rendered"} {
			t.Run(example+" with "+name, func(t *testing.T) { followReadme(t, example, withPath(runner.env, tools)) })
		}
	}
}

func followReadme(t *testing.T, example string, env []string) {
	root := copyOfRepository(t)
	commands := commandsOf(t, filepath.Join(root, "examples", example, "README.md"))
	require.NotEmpty(t, commands)
	var rendered []map[string]any
	for _, command := range commands {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
		cmd.Dir, cmd.Env = root, env
		output, err := cmd.Output()
		require.NoError(t, err, "%s\n%s", command, output)
		if strings.Contains(string(output), "kind: StatefulSet") && !strings.Contains(command, " eval ") {
			rendered = append(rendered, objectsOf(t, string(output)))
		}
	}
	if example == "kustomize-overlays" {
		assert.Equal(t, rendered[1], rendered[2], "production differs")
		return
	}
	for _, objects := range rendered {
		assert.Equal(t, rendered[0], objects, "the README says that all print the same")
	}
}

// withPath puts a directory in front of the PATH of an environment.
func withPath(env []string, directory string) []string {
	var changed []string
	for _, variable := range env {
		if path, isPath := strings.CutPrefix(variable, "PATH="); isPath {
			variable = "PATH=" + directory + string(os.PathListSeparator) + path
		}
		changed = append(changed, variable)
	}
	return changed
}

// commandsOf are the indented lines of a README, but for those of fenced blocks, which are files.
func commandsOf(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var commands []string
	inFence := false
	for line := range strings.SplitSeq(string(text), "\n") {
		inFence = inFence != strings.HasPrefix(line, "```")
		if command, isCommand := strings.CutPrefix(line, "    "); isCommand && !inFence {
			commands = append(commands, command)
		}
	}
	return commands
}

// copyOfRepository copies the files that Git has, or would take.
func copyOfRepository(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "git ls-files -z --cached --others --exclude-standard --deduplicate | "+
		"xargs -0 -I{} sh -c 'test ! -e \"{}\" || echo \"{}\"' | tar -c -T - | tar -x -C "+directory)
	cmd.Dir = imageRoot
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return directory
}
