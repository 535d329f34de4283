// Package version knows what each released Chroma server can do.
//
// One table, [facts], says which behaviour came and went with which release, why it matters, and where that is
// written upstream. [For] turns a version into [Capabilities] once; the rest of the program asks for a behaviour
// by name and never compares versions. A second table, [ConfigKeys], lists the keys of the configuration file
// that the Rust server reads.
//
// A pre-release counts as the release that it precedes: 1.5.10-rc1 has the capabilities of 1.5.10.
package version
