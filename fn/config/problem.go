package config

// Severity says what a problem means for the render.
type Severity string

const (
	// Error stops the render.
	Error Severity = "error"
	// Warning is something that a careful operator would want to know.
	Warning Severity = "warning"
	// Info is a choice that was made for the user.
	Info Severity = "info"
)

// Problem is something to say about a ChromaConfig.
type Problem struct {
	// Severity is the weight of the problem.
	Severity Severity
	// Field is the path of the field, such as spec.chromadb.data.volumeSize.
	Field string
	// Message says what is wrong and what to write instead. It never holds a secret value.
	Message string
}

// HasErrors reports whether any of the problems stops the render.
func HasErrors(problems []Problem) bool {
	for _, p := range problems {
		if p.Severity == Error {
			return true
		}
	}
	return false
}
