package fn

import (
	"errors"
	"fmt"
	"io"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// ErrNoResourceList says that the input is something else than a ResourceList.
var ErrNoResourceList = errors.New("standard input is not a ResourceList; to render a ChromaConfig use: chroma-fn render FILE")

// Run reads a ResourceList, processes it and writes it, in the version in which it came. Errors of the user are in
// the results of the returned list, which was written all the same; where the error is not nil, nothing was written.
func Run(in io.Reader, out io.Writer) (*ResourceList, error) {
	stream := &kio.ByteReadWriter{
		Reader:                in,
		Writer:                out,
		KeepReaderAnnotations: true,
		OmitReaderAnnotations: true,
	}
	items, err := stream.Read()
	if err != nil {
		return nil, fmt.Errorf("read the ResourceList: %w", err)
	}
	if stream.WrappingKind != kio.ResourceListKind {
		return nil, ErrNoResourceList
	}
	list := &ResourceList{Items: items, FunctionConfig: stream.FunctionConfig}
	if err := Process(list); err != nil {
		return nil, err
	}
	if len(list.Results) > 0 {
		if stream.Results, err = resultsNode(stream.Results, list); err != nil {
			return nil, err
		}
	}
	if err := stream.Write(list.Items); err != nil {
		return nil, fmt.Errorf("write the ResourceList: %w", err)
	}
	return list, nil
}

// resultsNode appends our results to those that came with the list.
func resultsNode(before *yaml.RNode, list *ResourceList) (*yaml.RNode, error) {
	node := &yaml.Node{}
	if err := node.Encode(list.Results); err != nil {
		return nil, fmt.Errorf("encode the results: %w", err)
	}
	if !yaml.IsMissingOrNull(before) && before.YNode().Kind == yaml.SequenceNode {
		node.Content = append(before.YNode().Content, node.Content...)
	}
	return yaml.NewRNode(node), nil
}
