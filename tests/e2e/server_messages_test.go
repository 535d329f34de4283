package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serverMessage is a message of ours that speaks of the server, and the server that shows what it says.
type serverMessage struct {
	name string
	// message matches what the goldens hold.
	message string
	show    func(t *testing.T)
}

// serverMessages are all of them.
func serverMessages() []serverMessage {
	var all []serverMessage
	for _, some := range [][]serverMessage{configMessages, dataMessages, networkMessages} {
		all = append(all, some...)
	}
	return all
}

// aboutServers are the words by which a message speaks of what a server does.
var aboutServers = regexp.MustCompile(`server|Chroma \d|panic|crash|\bpod\b|\bdata\b|database|web page|hide|chown`)

// aboutOthers are messages with such words that no server of 1.0.0 or newer can show, with the reason.
var aboutOthers = map[string]string{
	`0\.4\.\d+|0\.5\.0 would refuse|0\.6\.3 has holes|Chroma 0\.6\.2; it needs`: "it is about the Python server, of which there is no package to run",
	`hide the server's own code|passwords of basic authentication`:              "it is about the Python server, of which there is no package to run",
	`uvicorn|log.yaml is on the data volume|which is how the server tells`:      "it is about the Python server, of which there is no package to run",
	`NodePort makes|LoadBalancer makes|Delete loses all data`:                   "it is about what Kubernetes does with objects",
	`ReadWriteMany is mostly`:                                                                                               "it is about network file systems",
	`0 kills the server|the pod would not start|selects the pods`:                                                           "it is about what Kubernetes does with a pod",
	`the pod has no volume|the pod has no resource claims|does not have`:                                                    "it is about the fields of a pod",
	`the pod: remove one|container of the pod|are put on the pod`:                                                           "it is about the fields of a pod",
	`authentication is on and has no credentials`:                                                                           "it is about the Python server, of which there is no package to run",
	`auth\.enabled is false and the database is open`:                                                                       "it is about the Python server, of which there is no package to run",
	`newer than 1\.5\.9|never released|does not tell the version|while chromadb.apiVersion is|oldest Chroma version served`: "it is about versions",
	`must not be changed here`:                                                                                              "it names the value that takes the place of the key",
	`claim of the data volume|every server that is served|lead to the database`:                                             "it is about our own objects and values",
	`name the database in the traces|spec\.chromadb\.auth|httpd`:                                                            "it is about our own objects and values",
	`such as /data, not|choose another directory, such as /data|must be one of|\.\., a colon`:                               "it is about the form of a path or a word",
	`did you mean spec|first chart's name|older name of|scaled out`:                                                         "it is about our own objects and values",
}

// Every message that speaks of the server's behaviour is shown to be right by a server, or it is said why none can.
func TestEveryServerMessageIsShown(t *testing.T) {
	said := saidOfServers(t)
	require.Greater(t, len(said), 60, "the goldens have changed their form")
	explained := map[string]bool{}
	for _, line := range said {
		shown, found := false, false
		for _, m := range serverMessages() {
			if regexp.MustCompile(m.message).MatchString(line) {
				shown, explained[m.message] = true, true
			}
		}
		for pattern := range aboutOthers {
			if !shown && regexp.MustCompile(pattern).MatchString(line) {
				found, explained[pattern] = true, true
			}
		}
		assert.True(t, shown || found, "show by a server, or explain in aboutOthers: %s", line)
	}
	for _, m := range serverMessages() {
		assert.True(t, explained[m.message], "no golden has %q", m.message)
	}
	for pattern := range aboutOthers {
		assert.True(t, explained[pattern], "aboutOthers has no use for %q", pattern)
	}
}

// saidOfServers are the errors and warnings of the goldens that speak of servers.
func saidOfServers(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, path := range glob(t, "messages/*.golden") {
		for line := range strings.SplitSeq(string(readFile(t, path)), "\n") {
			_, text, isMessage := strings.Cut(line, ": ")
			speaks := aboutServers.MatchString(text) || slices.ContainsFunc(serverMessages(), func(m serverMessage) bool {
				return regexp.MustCompile(m.message).MatchString(text)
			})
			if !strings.HasPrefix(line, "#") && isMessage && !strings.HasPrefix(text, "info: ") && speaks {
				lines = append(lines, text)
			}
		}
	}
	return lines
}

func TestServerDoesWhatMessagesSay(t *testing.T) {
	t.Parallel()
	for _, m := range serverMessages() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			m.show(t)
		})
	}
}

// The configuration file takes each key with its type only.
func TestServerPanicsAtWrongTypes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(imageRoot, "fn/version/VERSIONS.md"))
	require.NoError(t, err)
	wrong := map[string]any{"boolean": "true", "integer": "5", "string": 5, "list": "x", "map": "x"}
	for _, row := range configKey.FindAllStringSubmatch(string(text), -1) {
		kind, _, _ := strings.Cut(row[2], " ")
		value := wrong[strings.Trim(kind, ":,")]
		require.NotNil(t, value, "%s is of an unknown type", row[1])
		if !strings.HasSuffix(strings.TrimSpace(strings.Split(row[0], "|")[3]), "and newer") {
			continue
		}
		t.Run(row[1], func(t *testing.T) {
			t.Parallel()
			changes := map[string]any{row[1]: value}
			if strings.HasPrefix(row[1], "open_telemetry.") && row[1] != "open_telemetry.endpoint" {
				changes["open_telemetry.endpoint"] = "http://127.0.0.1:4317"
			}
			panicsWith(t, newest, changes)
		})
	}
}
