package fn

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	sigsyaml "sigs.k8s.io/yaml"
)

// Strings stay strings, to kubectl too, which reads YAML 1.1.
func TestEncodeKeepsStrings(t *testing.T) {
	object := &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, Data: map[string]string{}}
	for _, text := range []string{"true", "yes", "no", "on", "off", "y", "n", "null", "~", "", " ", "012", "0x1f", "0o7", "1e3", "1.10", ".5", "12:30:45", "2024-01-01", "-", "- a", "a: b",
		"#", "a #b", "&a", "*a", "!a", "|", ">", "%", "@", "`", "'", "\"", "{", "[a", "a\nb", "a\n", "\n", "\ta", "a\tb", "é", "\u0007", "\u0085", "a\r\nb", "<<", "=", "?", ".inf", ".nan", strings.Repeat("a ", 200)} {
		object.Data["key"+text] = text
	}
	node, err := encode(object)
	require.NoError(t, err)
	text, err := node.String()
	require.NoError(t, err)
	got := &corev1.ConfigMap{}
	require.NoError(t, sigsyaml.UnmarshalStrict([]byte(text), got), text)
	assert.Equal(t, object.Data, got.Data)
	want, err := json.Marshal(object)
	require.NoError(t, err)
	same, err := json.Marshal(got)
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(same))
}
