package fn

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
)

// ErrNoResourceList says that the input is something else than a ResourceList.
var ErrNoResourceList = errors.New("standard input is not a ResourceList; to render a ChromaConfig use: chroma-fn render FILE")

// Run reads a ResourceList, processes it and writes it, in the version in which it came. Errors of the user are in
// the results of the returned list, which was written all the same; where the error is not nil, nothing was written.
func Run(in io.Reader, out io.Writer, overrides Overrides) (*ResourceList, error) {
	wrapper, list, err := read(in)
	if err != nil {
		return nil, err
	}
	list.Overrides = overrides
	if err := Process(list); err != nil {
		return nil, err
	}
	if err := list.forgetCopy(); err != nil {
		return nil, err
	}
	results, err := resultsNode(wrapper.Field("results"), list)
	if err != nil {
		return nil, err
	}
	// The writer hands on some hundred bytes at a time, and the host would wake for each of them.
	text := bytes.Buffer{}
	writer := kio.ByteWriter{
		Writer:                &text,
		KeepReaderAnnotations: true,
		WrappingKind:          kio.ResourceListKind,
		WrappingAPIVersion:    wrapper.GetApiVersion(),
		FunctionConfig:        list.FunctionConfig,
		Results:               results,
	}
	err = writer.Write(list.Items)
	if err == nil {
		_, err = text.WriteTo(out)
	}
	if err != nil {
		return nil, fmt.Errorf("write the ResourceList: %w", err)
	}
	return list, nil
}

// forgetCopy takes the id off the copy of the function configuration that kustomize passes to a generator as its only
// item, and drops in the end. By the id a host restores the comments of an item's file; this one is of no file, and
// kustomize would parse the whole schema of Kubernetes for it, which is half of a small build.
func (l *ResourceList) forgetCopy() error {
	if len(l.Items) == 0 || yaml.IsMissingOrNull(l.FunctionConfig) || !config.Is(l.FunctionConfig) {
		return nil
	}
	for _, item := range l.Items {
		path, _, _ := kioutil.GetFileAnnotations(item)
		if path != "" || !config.Is(item) || item.GetName() != l.FunctionConfig.GetName() || item.GetAnnotations()[LocalConfigAnnotation] != "true" {
			continue
		}
		//nolint:staticcheck // kustomize sets the deprecated key too
		for _, id := range []string{kioutil.IdAnnotation, kioutil.LegacyIdAnnotation} {
			if err := item.PipeE(yaml.ClearAnnotation(id)); err != nil {
				return fmt.Errorf("forget the id of the function configuration's copy: %w", err)
			}
		}
	}
	return nil
}

// read reads one ResourceList. kyaml's own reader takes other forms too, loses what is not of the form that it
// expects, and shows the content of files in its errors.
func read(in io.Reader) (*yaml.RNode, *ResourceList, error) {
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, nil, fmt.Errorf("read the ResourceList: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
	document := &yaml.Node{}
	if err := decoder.Decode(document); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("read the ResourceList: %w", err)
	}
	wrapper := yaml.NewRNode(document)
	if document.Kind == 0 || wrapper.YNode().Kind != yaml.MappingNode || valueOf(wrapper, "kind") != kio.ResourceListKind {
		return nil, nil, ErrNoResourceList
	}
	second := &yaml.Node{}
	if decoder.Decode(second) == nil && !yaml.IsYNodeEmptyDoc(second) {
		return nil, nil, errors.New("standard input holds more than one document; a function takes one ResourceList")
	}
	list := &ResourceList{}
	if configured := wrapper.Field("functionConfig"); configured != nil {
		list.FunctionConfig = configured.Value
	}
	items := wrapper.Field("items")
	switch {
	case items == nil || yaml.IsMissingOrNull(items.Value):
	case items.Value.YNode().Kind != yaml.SequenceNode:
		return nil, nil, errors.New("items of the ResourceList must be a list")
	default:
		for _, item := range items.Value.Content() {
			list.Items = append(list.Items, yaml.NewRNode(item))
		}
	}
	return wrapper, list, list.checkForm()
}

// resultsNode appends our results to those that came with the list.
func resultsNode(before *yaml.MapNode, list *ResourceList) (*yaml.RNode, error) {
	node := &yaml.Node{Kind: yaml.SequenceNode}
	if before != nil && before.Value.YNode().Kind == yaml.SequenceNode {
		node = before.Value.YNode()
	}
	if len(list.Results) > 0 {
		ours := &yaml.Node{}
		if err := ours.Encode(list.Results); err != nil {
			return nil, fmt.Errorf("encode the results: %w", err)
		}
		node.Content = append(node.Content, ours.Content...)
	}
	if len(node.Content) == 0 {
		return nil, nil //nolint:nilnil // no results are no node
	}
	return yaml.NewRNode(node), nil
}
