package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

// database is a client of the server in a pod.
type database struct {
	client *http.Client
	url    string
}

// databaseOf is a client at the address and the port that the pod's manifest names.
func databaseOf(pod *kubelet.Pod) database {
	port := strconv.Itoa(int(pod.Spec().Containers[0].Ports[0].ContainerPort))
	return database{pod.Client(), "http://" + net.JoinHostPort(pod.Addresses()[0], port)}
}

// answer is what a server said.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request; headers come as name and value in turn.
func (d database) ask(method, path string, body []byte, headers ...string) (answer, error) {
	request, err := http.NewRequest(method, d.url+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := d.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, errors.Join(err, response.Body.Close())
}

func (d database) mustAsk(t *testing.T, method, path string, body []byte, headers ...string) answer {
	t.Helper()
	a, err := d.ask(method, path, body, headers...)
	require.NoError(t, err)
	return a
}

// collectionsPath is where the collections of the database are that exists by default.
const collectionsPath = "/api/v2/tenants/default_tenant/databases/default_database/collections"

// collection is one of a database.
type collection struct {
	database database
	path     string
}

// collection makes a collection, or opens it.
func (d database) collection(t *testing.T, name string) collection {
	t.Helper()
	a := d.mustAsk(t, http.MethodPost, collectionsPath, fmt.Appendf(nil, `{"name": %q, "get_or_create": true}`, name))
	require.Equal(t, http.StatusOK, a.status, a.body)
	var made struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(a.body), &made))
	return collection{d, collectionsPath + "/" + made.ID}
}

// dimensions is the length of every vector of the tests.
const dimensions = 16

// vectorOf is a vector that no other document has: query finds a document by its own.
func vectorOf(number int) []float64 {
	vector := make([]float64, dimensions)
	for i := range vector {
		vector[i] = float64((number>>i)&1) + float64(number%97)/1000
	}
	return vector
}

func documentOf(number int) string { return fmt.Sprintf("document %d", number) }

// add writes documents by their numbers; nil says that the server has promised to keep them.
func (c collection) add(numbers ...int) error {
	var records struct {
		IDs        []string    `json:"ids"`
		Embeddings [][]float64 `json:"embeddings"`
		Documents  []string    `json:"documents"`
	}
	for _, number := range numbers {
		records.IDs = append(records.IDs, strconv.Itoa(number))
		records.Embeddings = append(records.Embeddings, vectorOf(number))
		records.Documents = append(records.Documents, documentOf(number))
	}
	text, err := json.Marshal(records)
	if err != nil {
		return err
	}
	a, err := c.database.ask(http.MethodPost, c.path+"/add", text)
	if err == nil && a.status != http.StatusCreated {
		err = fmt.Errorf("status %d: %s", a.status, a.body)
	}
	return err
}

// mustHold finds each document by a query with its vector, among all that the collection holds.
func (c collection) mustHold(t *testing.T, numbers ...int) {
	t.Helper()
	a := c.query(t, numbers...)
	require.Equal(t, http.StatusOK, a.status, a.body)
	var found struct {
		IDs       [][]string
		Documents [][]string
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &found))
	require.Len(t, found.IDs, len(numbers))
	for i, number := range numbers {
		assert.Equal(t, []string{strconv.Itoa(number)}, found.IDs[i], "the nearest to document %d", number)
		assert.Equal(t, []string{documentOf(number)}, found.Documents[i])
	}
}

// query asks for the one document that is nearest to each vector.
func (c collection) query(t *testing.T, numbers ...int) answer {
	t.Helper()
	vectors := make([][]float64, len(numbers))
	for i, number := range numbers {
		vectors[i] = vectorOf(number)
	}
	text, err := json.Marshal(map[string]any{"query_embeddings": vectors, "n_results": 1, "include": []string{"documents", "distances"}})
	require.NoError(t, err)
	return c.database.mustAsk(t, http.MethodPost, c.path+"/query", text)
}

// count is how many documents the collection holds.
func (c collection) count(t *testing.T) int {
	t.Helper()
	a := c.database.mustAsk(t, http.MethodGet, c.path+"/count", nil)
	require.Equal(t, http.StatusOK, a.status, a.body)
	n, err := strconv.Atoi(a.body)
	require.NoError(t, err)
	return n
}

// numbers are those from a first one to before a last one.
func numbers(first, last int) []int {
	all := make([]int, 0, last-first)
	for n := first; n < last; n++ {
		all = append(all, n)
	}
	return all
}
