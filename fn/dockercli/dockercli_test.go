package dockercli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const image = "ghcr.io/chromafn/chroma-fn"

// What kustomize 5.8 and kpt pass, word for word.
func TestParseHosts(t *testing.T) {
	for _, line := range []string{
		"run --rm -i -a STDIN -a STDOUT -a STDERR --network none --user nobody --security-opt=no-new-privileges -e LOG_TO_STDERR=true -e STRUCTURED_RESULTS=true " + image + ":v1",
		"run --rm -i -a STDIN -a STDOUT -a STDERR --network none --user 1000:1000 --security-opt=no-new-privileges -e A=b -e LOG_TO_STDERR=true " + image + ":v1",
		"run --rm -i --network none --user nobody --security-opt=no-new-privileges --pull missing " + image + ":v1",
	} {
		call, err := Parse(strings.Fields(line))
		require.NoError(t, err, line)
		assert.Equal(t, Call{Image: image + ":v1", Args: []string{}}, call)
	}
	call, err := Parse(strings.Fields("version --format {{.Client.Version}}"))
	require.NoError(t, err)
	assert.True(t, call.IsVersion)
	call, err = Parse(strings.Fields("run --rm -i " + image + " --help"))
	require.NoError(t, err)
	assert.Equal(t, []string{"--help"}, call.Args)
	require.NoError(t, call.CheckArgs())
}

func TestParseRefusals(t *testing.T) {
	for line, want := range map[string]string{
		"":                         "only runs its own function",
		"ps -a":                    "not: docker ps -a",
		"run":                      "no image is named",
		"run --rm":                 "no image is named",
		"run -e":                   "the flag -e needs a value",
		"run --privileged x":       "the flag --privileged is refused",
		"run --mount type=bind x":  "mounts are refused",
		"run --mount=type=bind x":  "mounts are refused",
		"run -v /:/x y":            "mounts are refused",
		"run --network host x":     `the network "host" is refused`,
		"run --network=host x":     "the flag --network=host is refused",
		"run --entrypoint sh x":    "the flag --entrypoint is refused",
		"run -it x":                "the flag -it is refused",
		"run --security-opt=x y":   "the flag --security-opt=x is refused",
		"run --env-file /etc/pw x": "the flag --env-file is refused",
	} {
		_, err := Parse(strings.Fields(line))
		require.ErrorContains(t, err, want, line)
	}
}

func TestTag(t *testing.T) {
	for name, want := range map[string]string{
		image:                    "",
		image + ":v1.2":          "v1.2",
		image + ":v1@sha256:abc": "v1",
		image + "@sha256:abc":    "",
	} {
		tag, err := Call{Image: name}.Tag(image)
		require.NoError(t, err, name)
		assert.Equal(t, want, tag)
	}
	for _, name := range []string{image + "-evil", image + "-evil:v1", image + "/evil", "evil/" + image, "chroma-fn", "ghcr.io:5000/chromafn/chroma-fn", "", ":v1", "GHCR.io/chromafn/chroma-fn"} {
		_, err := Call{Image: name}.Tag(image)
		require.ErrorContains(t, err, "is refused", name)
	}
	require.ErrorContains(t, Call{Args: []string{"render"}}.CheckArgs(), `"render"`)
}

func TestMismatchReadsTheTagBehindAPort(t *testing.T) {
	const mirrored = "registry.example:5000/chroma-fn"
	assert.Contains(t, Call{Image: mirrored + ":v9"}.Mismatch("v1"), "the image "+mirrored+":v9 is asked for")
	assert.Empty(t, Call{Image: mirrored + ":v1"}.Mismatch("v1"))
	assert.Empty(t, Call{Image: mirrored}.Mismatch("v1"))
}
