package argocd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Commit makes a directory a git repository, if it is none, commits everything in it and returns the revision.
func Commit(ctx context.Context, directory string) (revision string, err error) {
	for _, arguments := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"add", "--all", "--force"},
		{"-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--allow-empty", "--message=test"},
	} {
		if _, err := git(ctx, directory, arguments...); err != nil {
			return "", err
		}
	}
	output, err := git(ctx, directory, "rev-parse", "HEAD")
	return strings.TrimSpace(output), err
}

// git runs git without what the user has configured, hooks for instance.
func git(ctx context.Context, directory string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, "git", arguments...)
	command.Dir = directory
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	output, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("git %s: %w\n%s", arguments[0], err, output)
	}
	return string(output), nil
}
